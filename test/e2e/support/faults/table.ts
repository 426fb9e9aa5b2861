import { ETCD_FAULTS } from './etcd-faults';
import { HOST_FAULTS } from './host-faults';
import { KERNEL_FAULTS } from './kernel-faults';
import type { Fault } from './run';
import { TLS_FAULTS } from './tls-faults';

/** Every fault that leaves the rig as it found it. */
export const FAULTS: readonly Fault[] = [...HOST_FAULTS, ...ETCD_FAULTS, ...TLS_FAULTS, ...KERNEL_FAULTS];
