const ETCD = 'packages/lease/src/etcd';

/** How a Flannel daemon follows etcd and writes to it. */
export const etcd = [
  {
    id: 'A05-deaf-watch',
    entries: ['A05'],
    flannel: 'a connection that died without a word is followed for ever: nothing asks for a sign of life',
    file: `${ETCD}/watch-session.ts`,
    find: 'if (performance.now() - this.heardAt > SILENCE_MS) {',
    put: 'if (performance.now() - this.heardAt > SILENCE_MS * 1e6) {',
    tests: [`${ETCD}/watch-session.test.ts`],
  },
  {
    id: 'A07-no-list-after-compaction',
    entries: ['A07'],
    flannel: 'a watch whose revision was compacted away is asked for again at that revision, without a list',
    file: `${ETCD}/watch-session.ts`,
    find: "        this.followed.forget();\n        this.finish({ kind: 'again', reason: verdict.reason });",
    put: "        this.finish({ kind: 'again', reason: verdict.reason });",
    tests: [`${ETCD}/watch-session.test.ts`],
  },
  {
    id: 'A09-resume-point-from-header',
    entries: ['A09'],
    flannel:
      'a new watch goes on after the revision in the header of a response, and so over events not delivered yet',
    file: `${ETCD}/watch-session.ts`,
    find: '        this.followed.happened(verdict.target, verdict.events);\n        return;',
    put: `        this.followed.happened(verdict.target, verdict.events);
        if (this.followed.cursor)
          this.followed.cursor = {
            ...this.followed.cursor,
            [verdict.target]: BigInt(response.header.revision) + 1n,
          };
        return;`,
    tests: [`${ETCD}/watch-session.test.ts`],
  },
  {
    id: 'A15-ca-alone-means-plain',
    entries: ['A15'],
    flannel:
      'with a CA file and no client certificate the TLS settings are dropped and etcd is spoken to in plain text',
    file: `${ETCD}/paths.ts`,
    find: 'if (secure.length === 0 && tlsFile !== undefined) {',
    put: "if (secure.length === 0 && tlsFile === '') {",
    tests: [`${ETCD}/paths.test.ts`],
  },
  {
    id: 'A17-restored-store-believed',
    entries: ['A17'],
    flannel:
      'a store restored from a backup goes unnoticed: the watch waits at a revision that lies in the future',
    file: `${ETCD}/revision.ts`,
    find: 'if (seen.revision < before.revision) {',
    put: 'if (seen.revision < 0n) {',
    tests: [`${ETCD}/revision.test.ts`],
  },
  {
    id: 'A23-failed-list-is-empty',
    entries: ['A23', 'I4'],
    flannel:
      'a call that fails in the middle leaves an empty list behind, and that is believed: all peers go',
    file: `${ETCD}/list.ts`,
    find: '    answer = await page(call, Buffer.concat([last.key, Buffer.of(0)]), paths, header.revision);',
    put: `    const from = Buffer.concat([last.key, Buffer.of(0)]);
    const next = await page(call, from, paths, header.revision).catch(() => undefined);
    if (next === undefined) break;
    answer = next;`,
    tests: [`${ETCD}/list.test.ts`],
  },
  {
    id: 'A23-watch-error-is-empty',
    entries: ['A23', 'I4'],
    flannel: 'an error while following is passed on as a snapshot of nothing',
    file: `${ETCD}/watch-session.ts`,
    find: '    const listing = await listAll((run) => connection.call(settings.timeoutMs, run), settings.paths);',
    put: `    const header = { cluster_id: '1', member_id: '1', revision: '1', raft_term: '1' };
    const nothing = { leases: [], revision: '1', header, config: undefined };
    const listing = await listAll((run) => connection.call(settings.timeoutMs, run), settings.paths).catch(
      () => nothing,
    );`,
    tests: [`${ETCD}/watch-session.test.ts`],
  },
  {
    id: 'A24-one-failed-list-ends-it',
    entries: ['A24'],
    flannel:
      'the first list fails once, the loop that follows etcd ends, and the daemon goes on as if it were ready',
    file: `${ETCD}/watch-loop.ts`,
    find: '      await this.ended(endpoint, end);',
    put: '      await this.ended(endpoint, end);\n      if (this.followed.cursor === undefined) return;',
    tests: [`${ETCD}/watch-loop.test.ts`],
  },
  {
    id: 'B02-only-own-key-compared',
    entries: ['B02', 'I1'],
    flannel:
      'the transaction that creates a lease guards the one key: an overlapping one of another length slips in',
    file: `${ETCD}/transactions.ts`,
    find: '  return transaction(compare, write.key, write);\n}\n\n/** Replaces exactly',
    put: '  return transaction(compare.slice(0, 1), write.key, write);\n}\n\n/** Replaces exactly',
    tests: [`${ETCD}/transactions.test.ts`],
  },
  {
    id: 'B04-plain-put',
    entries: ['B04', 'I2'],
    flannel: 'the own lease is rewritten without a comparison, over whoever has the key now',
    file: `${ETCD}/transactions.ts`,
    find: '  const compare = [modRevisionIs(write.key, modRevision)];\n',
    put: '  if (modRevision.length > 0) return transaction([], write.key, write);\n  const compare = [modRevisionIs(write.key, modRevision)];\n',
    tests: [`${ETCD}/transactions.test.ts`],
  },
  {
    id: 'G01-password-in-log',
    entries: ['G01'],
    flannel: 'the etcd password is in what the daemon logs',
    file: `${ETCD}/errors.ts`,
    find: "const reason = shorten(secret ? text.replaceAll(secret, '***') : text);",
    put: "const reason = shorten(secret === '' ? '' : text);",
    tests: [`${ETCD}/errors.test.ts`],
  },
];
