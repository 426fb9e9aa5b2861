import { OverlayError } from '@overlay/cidr';
import { mergeDaemonJson, restoreDaemonJson, type DaemonJsonMerge } from '../daemon-json.js';
import { otherConfigFile, type DockerdFlag } from '../dockerd-flags.js';
import type { DockerProblem, DockerWish } from '../model.js';
import { problem } from '../problem.js';
import { readDaemonJson, writeDaemonJson, type DaemonJsonFile } from './daemon-json-file.js';
import { readRecord, removeRecord, writeRecord } from './daemon-json-state.js';
import type { Deadline } from './deadline.js';
import { readDockerdFlags } from './flag-sources.js';
import type { Settings } from './options.js';
import { validateDaemonJson } from './validate.js';

/** How often somebody else's edit in the middle of ours makes us start again before it is reported. */
const ATTEMPTS = 3;

/** What became of daemon.json. */
export interface FileOutcome {
  readonly problems: readonly DockerProblem[];
  readonly changes: readonly string[];
}

/** Brings daemon.json to the wish. Throws what reading and writing it throw. */
export async function ensureDaemonJson(
  settings: Settings,
  wish: DockerWish,
  deadline: Deadline,
): Promise<FileOutcome> {
  const flags = await readDockerdFlags(settings);
  const other = otherConfigFile(flags, settings.daemonJson);
  if (other) return { problems: [wrongFile(other, settings.daemonJson)], changes: [] };
  return editing(settings, deadline, async (file) => {
    const merge = mergeDaemonJson(file.text, wish, flags, await readRecord(settings.stateFile));
    if (merge.changedKeys.length > 0) await writeRecord(settings.stateFile, merge.record);
    return merge;
  });
}

/** Takes out of daemon.json what is still ours and forgets it; says what it did. */
export async function restoreDaemonJsonFile(settings: Settings, deadline: Deadline): Promise<string[]> {
  const record = await readRecord(settings.stateFile);
  const outcome = await editing(settings, deadline, (file) =>
    Promise.resolve(file.text === undefined ? NOTHING : restoreDaemonJson(file.text, record)),
  );
  if (outcome.problems.length > 0) return outcome.problems.map((found) => found.message);
  await removeRecord(settings.stateFile);
  return outcome.changes.map((change) => `${change}; restart Docker for it to take effect`);
}

const NOTHING = { text: undefined, changedKeys: [], problems: [] };

type Edit = (file: DaemonJsonFile) => Promise<Pick<DaemonJsonMerge, 'text' | 'changedKeys' | 'problems'>>;

async function editing(settings: Settings, deadline: Deadline, edit: Edit): Promise<FileOutcome> {
  for (let attempt = 1; ; attempt++) {
    const file = await readDaemonJson(settings.daemonJson);
    const { text, changedKeys, problems } = await edit(file);
    if (changedKeys.length === 0) return { problems, changes: [] };
    try {
      await writeDaemonJson(file, text, (path) =>
        validateDaemonJson(settings.dockerdPath, path, deadline.remaining()),
      );
      return { problems, changes: [`wrote ${settings.daemonJson} (${changedKeys.join(', ')})`] };
    } catch (error) {
      const again = error instanceof OverlayError && error.code === 'OVL_DOCKER_JSON_CHANGED';
      if (!again || attempt === ATTEMPTS) throw error;
    }
  }
}

function wrongFile(flag: DockerdFlag, path: string): DockerProblem {
  return problem(
    'OVL_DOCKER_FLAG_CONFLICT',
    `dockerd reads ${flag.value} (--config-file in ${flag.place}) and not ${path}. Give overlayd that path with --daemon-json.`,
  );
}
