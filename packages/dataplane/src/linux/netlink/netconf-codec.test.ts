import { isSettingChange } from './netconf-codec.js';

/** What a kernel 6.18 sends after the header of the message (`strace -X raw -xx -e recvmsg ip monitor netconf`). */
const MESSAGES = {
  'ip_forward of all': '02000000 08000100ffffffff 0800020001000000',
  'rp_filter of a device': '02000000 0800010003000000 0800030001000000',
  'forwarding of IPv6': '0a000000 08000100ffffffff 0800020001000000',
  'proxy_neigh of a device': '02000000 0800010003000000 0800050001000000',
  'a new device':
    '02000000 0800010004000000 0800020001000000 0800030000000000 0800040000000000 0800050000000000 0800060000000000 0800080000000000',
  nothing: '02000000',
};

test.each<[keyof typeof MESSAGES, boolean]>([
  ['ip_forward of all', true],
  ['rp_filter of a device', true],
  ['forwarding of IPv6', true],
  ['proxy_neigh of a device', false],
  ['a new device', false],
  ['nothing', false],
])('D18 %s is a change of what forwards packets: %s', (name, expected) => {
  expect(isSettingChange(Buffer.from(MESSAGES[name].replaceAll(' ', ''), 'hex'))).toBe(expected);
});
