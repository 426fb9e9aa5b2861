import { formatAddress } from '@overlay/cidr';
import {
  CONNTRACK,
  decodeUdpEntry,
  writeConntrackHeader,
  writeConntrackName,
  type ConntrackEntry,
} from './conntrack-codec.js';
import { singleMessage } from './writer.js';

/** What a kernel 6.18 lists, after the header of each message. */
const DUMP = {
  /** 10.5.1.1:9301 to 10.5.7.2:9300, its source translated to 192.168.1.3 */
  translated:
    '020000003400018014000180080001000a050101080002000a0507021c0002800500010011000000060002002455000006000300245400003400028014000180080001000a05070208000200c0a801031c0002800500010011000000060002002454000006000300245500000800030000000198080008000000000008000c009b3a843008000b0000000001080007000000001d',
  tcp: '020000003400018014000180080001000a050101080002000a0507021c0002800500010006000000060002002457000006000300005000003400028014000180080001000a050702080002000a0501011c0002800500010006000000060002000050000006000300245700000800030000000188080008000000000008000c009ed61daf08000b00000000010800070000000077',
  ipv6: '0a0000004c0001802c00018014000300fd05000000000001000000000000000114000400fd0500000000000100000000000000091c0002800500010011000000060002002456000006000300245400004c0002802c00018014000300fd05000000000001000000000000000914000400fd0500000000000100000000000000011c0002800500010011000000060002002454000006000300245600000800030000000008080008000000000008000c00348b07a308000b0000000001080007000000001d',
};

const decoded = (name: keyof typeof DUMP): ConntrackEntry | undefined =>
  decodeUdpEntry(Buffer.from(DUMP[name], 'hex'));

const addresses = (entry: ConntrackEntry | undefined): readonly string[] =>
  entry === undefined
    ? []
    : [entry.source, entry.destination, entry.replySource, entry.replyDestination].map(formatAddress);

test('D22 a UDP flow has its two ends and what its answer looks like, in both families; TCP is none', () => {
  expect(addresses(decoded('translated'))).toEqual(['10.5.1.1', '10.5.7.2', '10.5.7.2', '192.168.1.3']);
  const [here, there] = ['fd05:0:0:1::1', 'fd05:0:0:1::9'];
  expect(addresses(decoded('ipv6'))).toEqual([here, there, there, here]);
  expect(decoded('tcp')).toBeUndefined();
});

test('D22 a flow is removed by the tuple and the id that the kernel gave it', () => {
  const message = singleMessage({ type: CONNTRACK.DELETE, flags: 5, sequence: 1 }, (writer) => {
    writeConntrackHeader(writer, 4);
    writeConntrackName(writer, decoded('translated')!);
  });
  const tuple =
    '3400018014000180080001000a050101080002000a0507021c000280050001001100000006000200245500000600030024540000';
  expect(message.subarray(16).toString('hex')).toBe(`02000000${tuple}08000c009b3a8430`);
});

test('D22 whatever is cut short is no flow', () => {
  const whole = Buffer.from(DUMP.translated, 'hex');
  for (let bytes = 0; bytes < 0x6c; bytes += 1)
    expect(decodeUdpEntry(whole.subarray(0, bytes))).toBeUndefined();
});
