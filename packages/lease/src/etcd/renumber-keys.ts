import { OverlayError } from '@overlay/cidr';
import type { IKeyValue } from 'etcd3';
import type { JsonObject } from '../model.js';
import type {
  AnsweredRequest,
  RenumberAnswer,
  RenumberOutcome,
  RenumberRequest,
  RenumberStore,
} from '../store.js';
import { EtcdError } from './errors.js';
import { grantLease, revokeLease } from './lease-calls.js';
import type { Paths } from './paths.js';
import type { Pool } from './pool.js';
import * as txn from './transactions.js';

/** Nobody looks at an outcome after a day, and its node may be gone for good. */
const KEEP_OUTCOME_SECONDS = 86_400;
const REVISION = /^(0|[1-9]\d{0,18})$/;
const NODE_ID = /^[\w.-]{1,128}$/;
const STATES: readonly RenumberOutcome['state'][] = ['done', 'failed', 'draining'];

/** Where the request to a node stands. @throws OverlayError OVL_NODE_ID for an id that is not one part of a key */
export function requestKeyOf(paths: Paths, nodeId: string): string {
  return paths.renumber + keyPart(nodeId);
}

/** The request in a key. Whatever its value, the key is a request: its details are for people. */
export function readRequest(nodeId: string, kv: IKeyValue): RenumberRequest {
  const { requested, by } = jsonObject(kv.value);
  return { nodeId, requested: textOf(requested), by: textOf(by), revision: kv.mod_revision };
}

/** Requests to renumber and their outcomes, under `<prefix>/overlay/`. */
export class RenumberKeys implements RenumberStore {
  constructor(
    private readonly pool: Pool,
    private readonly paths: Paths,
  ) {}

  async requestRenumber(nodeId: string, by: string): Promise<RenumberRequest> {
    const requested = new Date().toISOString();
    const write = {
      key: requestKeyOf(this.paths, nodeId),
      value: JSON.stringify({ requested, by }),
      etcdLease: '0',
    };
    const request = txn.replaceRequest(write, '0');
    const outcome = await this.pool.call(async ({ client, options, inDoubt }) =>
      txn.outcomeOf(await client.kv.txn(request, options), inDoubt),
    );
    const kv = outcome.found ?? txn.written(outcome, write);
    // The key was there when the transaction compared it, and gone in its own read: no store does that.
    if (kv === undefined)
      throw new OverlayError('OVL_ETCD_FAILED', `etcd refused ${write.key} for no reason; try again`);
    return readRequest(nodeId, kv);
  }

  async withdrawRenumber({ nodeId, revision }: RenumberRequest): Promise<boolean> {
    const request = txn.removeRequest(requestKeyOf(this.paths, nodeId), revision);
    return this.pool.call(async ({ client, options }) => (await client.kv.txn(request, options)).succeeded);
  }

  async renumberOutcome(nodeId: string): Promise<RenumberAnswer | undefined> {
    const key = Buffer.from(this.paths.renumbered + keyPart(nodeId));
    const { kvs } = await this.pool.call(({ client, options }) => client.kv.range({ key }, options));
    return kvs[0] && readOutcome(kvs[0]);
  }

  async answerRenumber({ nodeId, revision }: AnsweredRequest, outcome: RenumberOutcome): Promise<void> {
    const { state, subnet, message } = outcome;
    const write = {
      key: this.paths.renumbered + keyPart(nodeId),
      value: JSON.stringify({ state, subnet, message, request: revision }),
      etcdLease: await grantLease(this.pool, KEEP_OUTCOME_SECONDS),
    };
    const request = txn.answerRequest(write, requestKeyOf(this.paths, nodeId), revision);
    try {
      await this.pool.call(({ client, options }) => client.kv.txn(request, options));
    } catch (error) {
      await this.dropUnused(write.etcdLease, error);
      throw error;
    }
  }

  /** Every try grants an etcd lease: one that certainly holds no outcome must not stay for a day. Best effort. */
  private async dropUnused(etcdLease: string, failure: unknown): Promise<void> {
    if (failure instanceof EtcdError && !failure.inDoubt)
      await revokeLease(this.pool, etcdLease).catch(() => undefined);
  }
}

function keyPart(nodeId: string): string {
  if (NODE_ID.test(nodeId)) return nodeId;
  throw new OverlayError(
    'OVL_NODE_ID',
    `${JSON.stringify(nodeId.slice(0, 128))} cannot be a node id in an etcd key: 1 to 128 letters, digits, ".", "_" and "-"`,
  );
}

function readOutcome(kv: IKeyValue): RenumberAnswer {
  const { state, subnet, message, request } = jsonObject(kv.value);
  return {
    state: STATES.find((known) => known === state) ?? 'failed',
    subnet: textOf(subnet),
    message: textOf(message),
    request: REVISION.exec(textOf(request))?.[0] ?? '0',
  };
}

function jsonObject(value: Buffer): JsonObject {
  try {
    const parsed: unknown = JSON.parse(value.toString());
    return typeof parsed === 'object' && parsed !== null ? (parsed as JsonObject) : {};
  } catch {
    return {};
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
