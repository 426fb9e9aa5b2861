import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import {
  flagsOfArguments,
  flagsOfEnvironmentFile,
  flagsOfUnit,
  type DockerdFlag,
  type TextFile,
} from '../dockerd-flags.js';
import type { Settings, UnitFiles } from './options.js';

type Places = Pick<Settings, 'pidFile' | 'socketPath' | 'unitFiles'>;

/** The flags that the running dockerd has and that the next one will get, as far as can be read; what cannot is left out. */
export async function readDockerdFlags(places: Places): Promise<DockerdFlag[]> {
  return [...(await unitFlags(places.unitFiles)), ...(await runningFlags(places))];
}

async function unitFlags({ units, dropIns, defaults }: UnitFiles): Promise<DockerdFlag[]> {
  const unit = (await readAll(units))[0];
  if (!unit) return (await readAll([defaults])).flatMap(flagsOfEnvironmentFile);
  const { flags, environmentFiles } = flagsOfUnit([unit, ...(await readAll(await dropInPaths(dropIns)))]);
  return [...flags, ...(await readAll(environmentFiles)).flatMap(flagsOfEnvironmentFile)];
}

/** By file name, whichever directory it is in; the first directory wins a name (systemd.unit(5)). */
async function dropInPaths(directories: readonly string[]): Promise<string[]> {
  const byName = new Map<string, string>();
  for (const directory of directories) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (name.endsWith('.conf') && !byName.has(name)) byName.set(name, join(directory, name));
    }
  }
  return [...byName.values()].sort((a, b) => (basename(a) < basename(b) ? -1 : 1));
}

async function runningFlags(places: Places): Promise<DockerdFlag[]> {
  const recorded = (await text(places.pidFile)).trim();
  const all = await readdir('/proc').catch(() => []);
  for (const pid of [recorded, ...all.filter((name) => /^\d+$/.test(name))]) {
    const args = (await text(`/proc/${pid}/cmdline`)).split('\0');
    if (isDockerd(args[0] ?? '') && (pid === recorded || serves(args, places.socketPath))) {
      return flagsOfArguments(args, `the running dockerd (pid ${pid})`);
    }
  }
  return [];
}

/** Other daemons, in containers or with sockets of their own, are not ours to ask. */
function serves(args: readonly string[], socketPath: string): boolean {
  const hosts = args
    .map((argument) => argument.replace(/^(?:-H|--host)=?/, ''))
    .filter((argument) => /^(?:unix|fd|tcp):\/\//.test(argument));
  const usual = /^(?:\/var)?\/run\/docker\.sock$/.test(socketPath);
  if (hosts.length === 0) return usual;
  return hosts.some((host) => host === `unix://${socketPath}` || (usual && host.startsWith('fd://')));
}

function isDockerd(program: string): boolean {
  return basename(program) === 'dockerd';
}

async function readAll(paths: readonly string[]): Promise<TextFile[]> {
  const files = await Promise.all(paths.map(async (path) => ({ path, text: await text(path) })));
  return files.filter((file) => file.text !== '');
}

/** Empty for what cannot be read. */
function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => '');
}
