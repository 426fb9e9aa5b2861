import { HAND_MTU, type HandBackend } from '../yardstick/by-hand';

/** What to measure, and how long. */
export interface TunnelOptions {
  readonly backends: readonly HandBackend[];
  /** Of each backend: one TCP stream and one series of pings, by hand and by overlayd. */
  readonly rounds: number;
  /** Of one TCP stream. */
  readonly seconds: number;
  readonly pings: number;
  /** Gives the hosts made by hand the two firewall rules that overlayd's come to, and so connection tracking. */
  readonly masquerade: boolean;
}

export const ALL = Object.keys(HAND_MTU) as readonly HandBackend[];
/** What every kernel has. */
const NATIVE: readonly HandBackend[] = ['host-gw', 'vxlan'];

const isBackend = (name: string): name is HandBackend => Object.hasOwn(HAND_MTU, name);

/** Reads `[BACKEND ...] [--rounds=N] [--seconds=N] [--masquerade]`; undefined when it is something else. */
export function tunnelOptions(args: readonly string[]): TunnelOptions | undefined {
  const options = { rounds: 5, seconds: 3, pings: 200, masquerade: false };
  const backends: HandBackend[] = [];
  for (const arg of args) {
    const [, name, value] = /^--(rounds|seconds)=([1-9]\d{0,2})$/.exec(arg) ?? [];
    if (name === 'rounds' || name === 'seconds') options[name] = Number(value);
    else if (arg === '--masquerade') options.masquerade = true;
    else if (isBackend(arg)) backends.push(arg);
    else return undefined;
  }
  return { ...options, backends: backends.length > 0 ? ALL.filter((one) => backends.includes(one)) : ALL };
}

/** Of these options, what this machine's own kernel can be asked; undefined when it is nothing. */
export function nativePart(options: TunnelOptions): TunnelOptions | undefined {
  const backends = options.backends.filter((backend) => NATIVE.includes(backend));
  return backends.length > 0 ? { ...options, backends } : undefined;
}
