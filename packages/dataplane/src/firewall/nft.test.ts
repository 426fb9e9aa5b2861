import { parsePrefix } from '@overlay/cidr';
import { listedText, planTable, replaceTable, tableText } from './nft.js';

const TABLE = planTable(
  { instance: 'blue', traffic: [], masquerade: false, randomFully: true, forward: true, nftables: true },
  {
    family: 4,
    network: parsePrefix('10.5.0.0/16'),
    subnet: parsePrefix('10.5.3.0/24'),
    tunnels: ['flannel.1'],
    directPeers: [],
  },
  false,
);

/** What nft 1.0.6 prints for that table. */
const LISTING = `{"nftables": [{"metainfo": {"version": "1.0.6", "release_name": "Lester Gooch #5", "json_schema_version": 1}}, {"table": {"family": "ip", "name": "overlay-blue", "handle": 4}},
{"chain": {"family": "ip", "table": "overlay-blue", "name": "postrouting", "handle": 1, "type": "nat", "hook": "postrouting", "prio": 90, "policy": "accept"}},
{"chain": {"family": "ip", "table": "overlay-blue", "name": "forward", "handle": 2, "type": "filter", "hook": "forward", "prio": -150, "policy": "accept"}},
{"rule": {"family": "ip", "table": "overlay-blue", "chain": "postrouting", "handle": 2, "comment": "overlayd:blue", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.5.3.0", "len": 24}}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": {"prefix": {"addr": "10.5.3.0", "len": 24}}}}, {"return": null}]}},
{"rule": {"family": "ip", "table": "overlay-blue", "chain": "postrouting", "handle": 3, "comment": "overlayd:blue", "expr": [{"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "saddr"}}, "right": {"prefix": {"addr": "10.5.0.0", "len": 16}}}}, {"match": {"op": "==", "left": {"payload": {"protocol": "ip", "field": "daddr"}}, "right": {"prefix": {"addr": "10.5.0.0", "len": 16}}}}, {"snat": {"addr": {"payload": {"protocol": "ip", "field": "saddr"}}}}]}},
{"rule": {"family": "ip", "table": "overlay-blue", "chain": "forward", "handle": 5, "comment": "overlayd:blue", "expr": [{"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "flannel.1"}}, {"match": {"op": "in", "left": {"payload": {"protocol": "tcp", "field": "flags"}}, "right": "syn"}}, {"mangle": {"key": {"tcp option": {"name": "maxseg", "field": "size"}}, "value": {"rt": {"key": "mtu"}}}}]}},
{"rule": {"family": "ip", "table": "overlay-blue", "chain": "forward", "handle": 6, "comment": "overlayd:blue", "expr": [{"match": {"op": "==", "left": {"meta": {"key": "oifname"}}, "right": "flannel.1"}}, {"match": {"op": "in", "left": {"payload": {"protocol": "tcp", "field": "flags"}}, "right": "syn"}}, {"mangle": {"key": {"tcp option": {"name": "maxseg", "field": "size"}}, "value": {"rt": {"key": "mtu"}}}}]}}]}`;

test('a table is equal to what nft prints of it, handles and key order apart', () => {
  expect(listedText(LISTING)).toBe(tableText(TABLE));
  expect(listedText(LISTING.replace('"len": 16', '"len": 17'))).not.toBe(tableText(TABLE));
});

test('a table is replaced whole in one transaction, also when it does not exist', () => {
  const [add, remove, again, ...contents] = replaceTable(TABLE);
  const table = { table: { family: 'ip', name: 'overlay-blue' } };
  expect([add, remove, again]).toEqual([{ add: table }, { delete: table }, { add: table }]);
  expect(contents).toEqual(TABLE.contents);
});
