import { parseAddress, parsePrefix } from '@overlay/cidr';
import { answerErrno, decodeAnswer, setDeviceRequest, setPeersRequest } from './uapi.js';

const key = (byte: number): string => Buffer.alloc(32, byte).toString('base64');
const hex = (byte: number): string => Buffer.alloc(32, byte).toString('hex');

describe('the text protocol of wireguard-go', () => {
  it('a device and its peers are set', () => {
    expect(setDeviceRequest({ listenPort: 51820, privateKey: Buffer.alloc(32, 1) })).toBe(
      `set=1\nprivate_key=${hex(1)}\nlisten_port=51820\n\n`,
    );
    expect(
      setPeersRequest([
        {
          ...{ publicKey: key(2), replaceAllowedIps: true, presharedKey: '', keepaliveSeconds: 25 },
          endpoint: { address: parseAddress('fd31::2'), port: 51821 },
          allowedIps: [parsePrefix('10.70.2.0/24'), parsePrefix('fc00:70::/64')],
        },
        { publicKey: key(3), remove: true, allowedIps: [] },
        { publicKey: key(4), onlyExisting: true, allowedIps: [] },
      ]),
    ).toBe(
      `set=1\npublic_key=${hex(2)}\npreshared_key=${hex(0)}\nendpoint=[fd31::2]:51821\npersistent_keepalive_interval=25\nreplace_allowed_ips=true\nallowed_ip=10.70.2.0/24\nallowed_ip=fc00:70::/64\npublic_key=${hex(3)}\nremove=true\npublic_key=${hex(4)}\nupdate_only=true\n\n`,
    );
  });

  it('an answer is read: the private key as the public one, allowed IPs sorted, zeros as no preshared key', () => {
    const answer = `private_key=${Buffer.from('yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=', 'base64').toString('hex')}\nlisten_port=51820\nfwmark=5\npublic_key=${hex(2)}\npreshared_key=${hex(0)}\nprotocol_version=1\nendpoint=[fe80::1%eth0]:3\nlast_handshake_time_sec=77\npersistent_keepalive_interval=9\nallowed_ip=10.70.3.0/24\nallowed_ip=10.70.2.0/24\npublic_key=${hex(3)}\npreshared_key=${hex(8)}\nerrno=0\n\n`;
    expect(answerErrno(answer)).toBe(0);
    expect(decodeAnswer(answer)).toEqual({
      listenPort: 51820,
      publicKey: 'HIgo9xNzJMWLKASShiTqIybxZ0U3wGLiUeJ1PKf8ykw=',
      peers: [
        {
          ...{ publicKey: key(2), keepaliveSeconds: 9, handshakeSeconds: 77 },
          endpoint: { address: parseAddress('fe80::1'), port: 3 },
          allowedIps: [parsePrefix('10.70.2.0/24'), parsePrefix('10.70.3.0/24')],
        },
        { publicKey: key(3), presharedKey: key(8), keepaliveSeconds: 0, handshakeSeconds: 0, allowedIps: [] },
      ],
    });
  });

  it.each([
    ['errno=0\n\n', 0],
    ['listen_port=1\nerrno=-98\n\n', 98],
    ['errno=22\n\n', 22],
    ['errno=0\n', undefined],
    ['private_key=', undefined],
  ])('%j ends with errno %p', (answer, errno) => {
    expect(answerErrno(answer)).toBe(errno);
  });
});
