import { randomBytes } from 'node:crypto';
import { OverlayError } from '@overlay/cidr';
import type { CallOptions } from '@grpc/grpc-js';
import type { Etcd3, ILeaseKeepAliveResponse } from 'etcd3';
import type { Pool } from './pool.js';

const LONGEST_TTL = 9_000_000_000;

/**
 * Grants an etcd lease of `ttlSeconds` (1 to 9,000,000,000). We choose its id, so that a repeat after an unknown outcome is
 * recognised and leaves no second lease behind.
 */
export async function grantLease(pool: Pool, ttlSeconds: number): Promise<string> {
  if (!Number.isSafeInteger(ttlSeconds) || ttlSeconds < 1 || ttlSeconds > LONGEST_TTL) {
    throw new OverlayError(
      'OVL_ETCD_FAILED',
      `a lease of ${ttlSeconds} s cannot be granted: give 1 to ${LONGEST_TTL} whole seconds`,
    );
  }
  const id = (randomBytes(8).readBigUInt64BE() & 0x7fff_ffff_ffff_ffffn) | 1n;
  return pool.call(async ({ client, options, inDoubt }) => {
    try {
      return (await client.leaseClient.leaseGrant({ TTL: ttlSeconds, ID: id.toString() }, options)).ID;
    } catch (error) {
      if (inDoubt && error instanceof Error && error.message.includes('lease already exists'))
        return id.toString();
      throw error;
    }
  });
}

/** Renews a lease once. Resolves to the seconds that remain, 0 for an unknown lease. */
export function keepLeaseAlive(pool: Pool, id: string): Promise<number> {
  return pool.call(({ client, options }) => renewOnce(client, options, id));
}

async function renewOnce(client: Etcd3, options: CallOptions, id: string): Promise<number> {
  const stream = await client.leaseClient.leaseKeepAlive(options);
  try {
    const answer = await new Promise<ILeaseKeepAliveResponse>((resolve, reject) => {
      stream.on('data', resolve);
      stream.on('error', reject);
      stream.on('end', () => reject(new Error('14 UNAVAILABLE: etcd ended the keep-alive stream')));
      stream.write({ ID: id });
    });
    return Math.max(Number(answer.TTL), 0);
  } finally {
    stream.on('error', () => undefined);
    stream.cancel();
  }
}

/** Revokes a lease with its keys. One that is gone already is fine. */
export async function revokeLease(pool: Pool, id: string): Promise<void> {
  await pool.call(async ({ client, options }) => {
    try {
      await client.leaseClient.leaseRevoke({ ID: id }, options);
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('requested lease not found'))) throw error;
    }
  });
}

/** Remaining seconds of a lease; undefined for `"0"` (a reservation has none) and for one that etcd does not know. */
export async function leaseTimeToLive(pool: Pool, id: string): Promise<number | undefined> {
  if (id === '0') return undefined;
  const { TTL } = await pool.call(({ client, options }) =>
    client.leaseClient.leaseTimeToLive({ ID: id }, options),
  );
  return Number(TTL) < 0 ? undefined : Number(TTL);
}
