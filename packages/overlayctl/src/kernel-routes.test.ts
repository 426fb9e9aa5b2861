import { parseIpv4Prefix } from '@overlay/cidr';
import { gatewayRoute } from './kernel-routes.js';

// As /proc/net/route prints it.
const TABLE = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010011AC\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
eth0\t004A010A\t02001FAC\t0003\t0\t0\t0\t00FFFFFF\t0\t0\t0
`;

test('only a route for exactly the subnet and through a gateway counts', () => {
  expect(gatewayRoute(TABLE, parseIpv4Prefix('10.1.74.0/24'))).toBe('eth0 via 172.31.0.2');
  expect(gatewayRoute(TABLE, parseIpv4Prefix('10.1.74.0/25'))).toBeUndefined();
  expect(gatewayRoute(TABLE, parseIpv4Prefix('172.17.0.0/16'))).toBeUndefined();
  expect(gatewayRoute(TABLE, parseIpv4Prefix('0.0.0.0/0'))).toBe('eth0 via 172.17.0.1');
  expect(gatewayRoute('', parseIpv4Prefix('10.1.74.0/24'))).toBeUndefined();
});
