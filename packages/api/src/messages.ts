import type { overlay } from './generated/overlay.js';

type Element<E> = E extends object ? Plain<E> : E;
type Field<F> = F extends readonly (infer E)[]
  ? readonly Element<E>[]
  : F extends object
    ? Plain<F> | null
    : F;

/** A message as a plain value: every scalar and list is there, a message within is there or null. */
type Plain<T> = { readonly [K in keyof T]-?: Field<NonNullable<T[K]>> };

/** A request without fields. */
export type EmptyRequest = Readonly<Record<string, never>>;
export type ExplainRequest = Plain<overlay.v1.IExplainRequest>;
export type DoctorRequest = Plain<overlay.v1.IDoctorRequest>;

export type Problem = Plain<overlay.v1.IProblem>;
export type OwnLease = Plain<overlay.v1.IOwnLease>;
export type EtcdStatus = Plain<overlay.v1.IEtcd>;
export type PeerCounts = Plain<overlay.v1.IPeers>;
export type ReconcileStatus = Plain<overlay.v1.IReconcile>;
export type FirewallStatus = Plain<overlay.v1.IFirewall>;
export type DockerStatus = Plain<overlay.v1.IDocker>;
export type LeaseRow = Plain<overlay.v1.ILeaseRow>;
export type Fact = Plain<overlay.v1.IFact>;
export type PlannedChange = Plain<overlay.v1.IPlannedChange>;

export type StatusReply = Plain<overlay.v1.IStatusReply>;
export type LeasesReply = Plain<overlay.v1.ILeasesReply>;
export type ExplainReply = Plain<overlay.v1.IExplainReply>;
export type Check = Plain<overlay.v1.ICheck>;
export type PlanReply = Plain<overlay.v1.IPlanReply>;
export type RenumberReply = Plain<overlay.v1.IRenumberReply>;
export type ResyncReply = Plain<overlay.v1.IResyncReply>;
