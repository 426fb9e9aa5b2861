import { readPing } from './flows.js';
import { Pod } from './pod.js';

const chunk = { flow: { from: new Pod('none', ['10.5.1.2/24']), to: '10.5.2.2' }, startedMs: 500, rate: 10 };
const answer = (at: string, seq: number): string =>
  `[${at}] 64 bytes from 10.5.2.2: icmp_seq=${seq} ttl=62 time=0.4 ms`;
const report = (received: number, ...lines: readonly string[]): string =>
  `PING 10.5.2.2\n${lines.join('\n')}\n--- 10.5.2.2 ping statistics ---\n4 packets transmitted, ${received} received, 50% packet loss`;

test('what has no answer is lost, and about when it was sent follows from the answer before', () => {
  const lines = [
    answer('2.000000', 2),
    answer('2.200000', 4),
    '[2.3] From 10.5.1.1 icmp_seq=3 Destination Host Unreachable',
  ];
  expect(readPing(chunk, report(2, ...lines))).toMatchObject({ sent: 4, lost: 2, lostAt: [600, 2100] });
});

test('when all are answered nothing is lost', () => {
  const lines = [1, 2, 3, 4].map((seq) => answer(`2.${seq}`, seq));
  expect(readPing(chunk, report(4, ...lines))).toMatchObject({ sent: 4, lost: 0, lostAt: [] });
});

test('a ping that says nothing of what it sent is an error', () => {
  expect(() => readPing(chunk, 'ping: sendmsg: Network is unreachable')).toThrow('10.5.2.2');
});
