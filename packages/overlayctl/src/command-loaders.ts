import type { CommandRun } from './command-spec.js';

type Loader = () => Promise<{ readonly run: CommandRun }>;

/** The code of each command, by its words: loaded when it runs. */
const LOADERS: Readonly<Record<string, Loader>> = {
  'lease list': () => import('./commands/lease-list.js'),
  'lease show': () => import('./commands/lease-show.js'),
  'lease watch': () => import('./commands/lease-watch.js'),
  'lease reserve': () => import('./commands/lease-reserve.js'),
  'lease release': () => import('./commands/lease-release.js'),
  'config get': () => import('./commands/config-get.js'),
  'config set': () => import('./commands/config-set.js'),
  'config validate': () => import('./commands/config-validate.js'),
  'node list': () => import('./commands/node-list.js'),
  'node show': () => import('./commands/node-show.js'),
  'node renumber': () => import('./commands/node-renumber.js'),
  status: () => import('./commands/status.js'),
  doctor: () => import('./commands/doctor.js'),
  explain: () => import('./commands/explain.js'),
  plan: () => import('./commands/plan.js'),
  resync: () => import('./commands/resync.js'),
  'docker-opts': () => import('./commands/docker-opts.js'),
  completion: () => import('./commands/completion.js'),
  version: () => import('./commands/version.js'),
};

/** @throws Error for a command of the table without code, which a test rules out */
export async function loadCommand(words: string): Promise<CommandRun> {
  const loader = LOADERS[words];
  if (loader === undefined) throw new Error(`the command ${words} has no code`);
  return (await loader()).run;
}
