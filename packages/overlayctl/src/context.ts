import { lstat, readFile } from 'node:fs/promises';
import type { ControlClient } from '@overlay/api';
import { OverlayError } from '@overlay/cidr';
import type { LeaseStore, RenumberStore } from '@overlay/lease';
import type { EtcdSettings, Settings } from './config.js';
import type { Io } from './io.js';

/** What a command works with. The daemon and etcd are opened on use, their libraries loaded then. */
export interface Context {
  readonly io: Io;
  readonly settings: Settings;
  daemon(): Promise<ControlClient>;
  /** Whether a control socket is there; whether anybody answers is another question. */
  hasDaemon(): Promise<boolean>;
  store(): Promise<LeaseStore & RenumberStore>;
  close(): Promise<void>;
}

export function createContext(io: Io, settings: Settings): Context {
  let daemon: Promise<ControlClient> | undefined;
  let store: ReturnType<Context['store']> | undefined;
  return {
    io,
    settings,
    daemon: () => (daemon ??= openDaemon(settings)),
    hasDaemon: async () => (await lstat(settings.socketPath).catch(() => undefined))?.isSocket() === true,
    store: () => (store ??= openStore(settings.etcd)),
    close: async () => {
      (await daemon)?.close();
      await (await store?.catch(() => undefined))?.close();
    },
  };
}

async function openDaemon({ socketPath, instance }: Settings): Promise<ControlClient> {
  const { connectControl } = await import('@overlay/api');
  return connectControl(socketPath, { instance });
}

async function openStore({ passwordFile, ...etcd }: EtcdSettings): ReturnType<Context['store']> {
  const password = passwordFile === undefined ? {} : { password: await readPassword(passwordFile) };
  const { openLeaseStore } = await import('@overlay/lease/etcd');
  return openLeaseStore({ ...etcd, ...password });
}

/** The file's first line. */
async function readPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).split(/\r?\n/, 1)[0] ?? '';
  } catch (error) {
    throw new OverlayError('OVL_OPTION_INVALID', `--etcd-password-file: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
