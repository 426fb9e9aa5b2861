import { parseAddress } from '@overlay/cidr';
import type { Change, OvsBridgeLink, OvsPortObject } from './model.js';
import { failureIn, nextConfiguration, transactionFor } from './ovs-operations.js';
import { rowsOf } from './ovs-rows.js';

const ALIAS = 'overlayd:default';
const NAME = 'ovl-ovs-0';

const bridge: OvsBridgeLink = {
  type: 'link',
  kind: 'ovs-bridge',
  name: NAME,
  mtu: 1458,
  mac: '7e:73:a8:ee:4d:53',
  datapath: 'system',
  alias: ALIAS,
};

const port = (n: number): OvsPortObject => ({
  type: 'ovs-port',
  bridge: NAME,
  name: `ovl-${n}`,
  tunnel: { kind: 'gre', remote: parseAddress(`172.31.0.${n}`), key: 7 },
  alias: ALIAS,
});

const add = (object: Change['object']): Change => ({ op: 'add', object });
const remove = (object: Change['object']): Change => ({ op: 'remove', object });

/** Rows as ovsdb-server writes them: a bridge with its own port and ports 1 to `count`. */
function rows(count: number, owner = ALIAS) {
  const names = [NAME, ...Array.from({ length: count }, (_, i) => `ovl-${i + 1}`)];
  const ids = names.map((name) => ['uuid', `p-${name}`]);
  const external_ids = ['map', owner === '' ? [] : [['overlay', owner]]];
  const own = (name: string, more: object) => ({ _uuid: ['uuid', `p-${name}`], name, external_ids, ...more });
  const table = {
    _uuid: ['uuid', 'b'],
    name: NAME,
    external_ids,
    ports: ids.length === 1 ? ids[0] : ['set', ids],
  };
  return rowsOf([
    { rows: [table] },
    { rows: names.map((name) => own(name, { protected: true })) },
    { rows: names.map((name) => own(name, { type: 'gre', options: ['map', []] })) },
  ]);
}

const EMPTY = rowsOf([{ rows: [] }, { rows: [] }, { rows: [] }]);
const ops = (changes: readonly Change[], state = EMPTY) =>
  transactionFor(changes, state).operations.map(({ op, table }) => `${op} ${String(table)}`);

test('a new bridge with its ports is one transaction: each row marked ours, tunnels protected, one list of ports', () => {
  const { operations, refused } = transactionFor([add(bridge), add(port(1)), add(port(2))], EMPTY);
  expect(refused.size).toBe(0);
  expect(operations.map(({ op, table }) => `${op} ${String(table)}`)).toEqual([
    'insert Interface',
    'insert Port',
    'insert Bridge',
    'mutate Open_vSwitch',
    'insert Interface',
    'insert Port',
    'insert Interface',
    'insert Port',
    'mutate Bridge',
    'mutate Open_vSwitch',
    'select Open_vSwitch',
  ]);
  const owner = { external_ids: ['map', [['overlay', ALIAS]]] };
  expect(operations[2]).toMatchObject({
    row: { ...owner, fail_mode: 'standalone', datapath_type: 'system' },
  });
  const options = [
    'map',
    [
      ['remote_ip', '172.31.0.1'],
      ['key', '7'],
    ],
  ];
  expect(operations[4]).toMatchObject({ row: { ...owner, type: 'gre', options } });
  expect(operations[5]).toMatchObject({
    row: { ...owner, protected: true, interfaces: ['named-uuid', 'row4'] },
  });
  const ports = [
    'set',
    [
      ['named-uuid', 'row5'],
      ['named-uuid', 'row7'],
    ],
  ];
  expect(operations[8]).toMatchObject({
    where: [['name', '==', NAME]],
    mutations: [['ports', 'insert', ports]],
  });
});

test('what exists and is ours is changed in place, what is gone already needs nothing', () => {
  expect(ops([add(port(1))], rows(1))).toEqual([
    'update Interface',
    'update Port',
    'mutate Open_vSwitch',
    'select Open_vSwitch',
  ]);
  expect(ops([remove(port(9)), remove({ ...bridge, name: 'ovl-ovs-1' })], rows(1))).toEqual([]);
});

test('ports are taken off a bridge together, and a bridge off the database', () => {
  const { operations } = transactionFor([remove(port(1)), remove(port(2))], rows(2));
  const gone = [
    'set',
    [
      ['uuid', 'p-ovl-1'],
      ['uuid', 'p-ovl-2'],
    ],
  ];
  expect(operations[0]).toMatchObject({
    op: 'mutate',
    table: 'Bridge',
    mutations: [['ports', 'delete', gone]],
  });
  const bridges = [['bridges', 'delete', ['set', [['uuid', 'b']]]]];
  expect(transactionFor([remove(bridge)], rows(0)).operations[0]).toMatchObject({ mutations: bridges });
});

test.each(['', 'overlayd:other'])('rows of the owner "%s" are never in a transaction', (owner) => {
  const changes = [add(bridge), remove(bridge), add(port(1))];
  const { operations, refused } = transactionFor(changes, rows(1, owner));
  expect(operations).toEqual([]);
  expect([...refused.keys()]).toEqual(changes);
  expect(transactionFor([remove(port(1))], rows(1, owner)).operations).toEqual([]);
});

test('a port needs its bridge', () => {
  expect([...transactionFor([add(port(1))], EMPTY).refused.values()][0]).toContain(
    'no bridge ovl-ovs-0 of ours',
  );
});

test('an error, or an operation that matched nothing, is the failure of the transaction', () => {
  const { operations } = transactionFor([remove(port(1))], rows(1));
  const good = [{ count: 1 }, { count: 1 }, { rows: [{ next_cfg: 8 }] }];
  expect(failureIn(operations, good)).toBeUndefined();
  expect(nextConfiguration(good)).toBe(8);
  expect(failureIn(operations, [{ count: 0 }, { count: 1 }, { rows: [] }])).toContain('matched no row');
  const broken = [{ error: 'constraint violation', details: 'two rows' }, null, null];
  expect(failureIn(operations, broken)).toBe('constraint violation: two rows');
  expect(failureIn(operations, [...good, { error: 'aborted' }])).toBe('aborted');
  expect(nextConfiguration([])).toBe(0);
});
