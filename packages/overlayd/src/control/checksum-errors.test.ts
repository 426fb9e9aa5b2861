import { parseChecksumErrors } from './checksum-errors.js';

const SNMP = `Icmp: InMsgs InErrors InCsumErrors
Icmp: 4 3 2
Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
Udp: 1050 20 7 900 0 0 5 3 0
UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors
UdpLite: 0 0 0 0 0 0 9 0 0
`;
const SNMP6 = `Udp6InErrors                    	11
Udp6InCsumErrors                	6
UdpLite6InCsumErrors            	8
`;

test('D16 bad checksums of UDP are counted in both families, and those of nothing else', () => {
  expect(parseChecksumErrors(SNMP, SNMP6)).toBe(11);
  expect(parseChecksumErrors(SNMP, '')).toBe(5);
  expect(parseChecksumErrors('', '')).toBe(0);
});
