/** Known defects, each of which the search must find: Flannel's, those of our own earlier versions, and easy mistakes. */
export interface Defects {
  /** A subnet is taken by a put without a compare. */
  readonly plainPut?: boolean;
  /** Only the key itself is compared, not all others (Flannel, B02). */
  readonly comparesOwnKeyOnly?: boolean;
  /** Renewal is a put of the key, whoever wrote it (Flannel, B04). */
  readonly renewalOverwrites?: boolean;
  /** New attributes are put without a compare. */
  readonly publishOverwrites?: boolean;
  /** The deadline counts from the answer. Needs `split`, where time passes between the two. */
  readonly deadlineFromAnswer?: boolean;
  /** A lease is held until its loss is seen. */
  readonly noDeadline?: boolean;
  /** The whole TTL is counted on, although clocks differ. */
  readonly noMargin?: boolean;
  /** A list from before the own write is believed. */
  readonly oldListBelieved?: boolean;
  /** A keep-alive counts although nobody looked whether the key is still there (A21). */
  readonly renewalUnseen?: boolean;
  /** A key of ours is taken from a list, and nobody looked whether it is still there. */
  readonly reuseUnseen?: boolean;
  /** What another host's Flannel wrote over our key is taken for a nuisance (B03). */
  readonly flannelIsNoLoss?: boolean;
  /** An etcd lease is revoked although a write that names it may still arrive. */
  readonly revokesInDoubt?: boolean;
  /** A failed renewal is taken for the loss of the lease (A22). */
  readonly failureIsLoss?: boolean;
}
