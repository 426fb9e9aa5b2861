/** One line of what a run in the virtual machine leaves. */
export interface ScenarioResult {
  /** The scenario, without `.vm.ts`; empty when the machine itself failed. */
  readonly file: string;
  readonly name: string;
  readonly ok: boolean;
  /** Something was not there in time: a busy machine may be why. */
  readonly late?: boolean;
  readonly error?: string;
}

/**
 * Scenarios that are worth another machine, of `names` in the order they ran: those that failed because something was late and for no other
 * reason, and, when the machine failed, those it had not come to the end of. What a test found wrong (a lost packet) is a result, and stays.
 */
export function scenariosToRunAgain(
  results: readonly ScenarioResult[],
  names: readonly string[],
): readonly string[] {
  const died = results.some(({ file }) => file === '');
  // The last one that left a result may have had more to say.
  const unfinished = died ? Math.max(0, ...results.map(({ file }) => names.indexOf(file))) : names.length;
  return names.filter((name, at) => {
    const failed = results.filter(({ file, ok }) => file === name && !ok);
    return failed.every(({ late }) => late === true) && (failed.length > 0 || at >= unfinished);
  });
}
