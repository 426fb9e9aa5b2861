import { endWarning, firstEnd, notValidNow, type CertificateFile } from './certificate-end.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const inDays = (days: number): string => new Date(NOW + days * 86_400_000).toUTCString();
const file = (
  what: CertificateFile['what'],
  ...days: readonly (readonly [number, number])[]
): CertificateFile => ({
  file: `/etc/${what}.pem`,
  what,
  certificates: days.map(([from, to]) => ({ validFrom: inDays(from), validTo: inDays(to) })),
});
const CLIENT = 'client certificate';

test.each([
  [30, false],
  [29.5, true],
  [1, true],
  [-1, true],
])('A14 a client certificate that ends in %d days: warned %s', (days, warned) => {
  expect(endWarning([file(CLIENT, [-300, days])], NOW) !== undefined).toBe(warned);
});

test('A14 the warning names the file that ends first, when, and what to do', () => {
  const warning = endWarning([file('CA', [-300, 20]), file(CLIENT, [-300, 3.5])], NOW);
  expect(warning).toEqual({
    code: 'OVL_ETCD_CERTIFICATE',
    message:
      'the client certificate for etcd in /etc/client certificate.pem ends in 3 days (2026-01-04T12:00:00.000Z): ' +
      'put a new one in its place; it is taken without a restart',
  });
  expect(endWarning([file(CLIENT, [-300, -2])], NOW)?.message).toContain('has expired');
});

test('A14 a bundle of an old and a new CA counts as long as the last of them', () => {
  expect(endWarning([file('CA', [-300, -1], [-1, 300])], NOW)).toBeUndefined();
  expect(notValidNow(file('CA', [-300, -1], [-1, 300]), NOW)).toBeUndefined();
  expect(notValidNow(file('CA', [-300, -1]), NOW)).toContain('has expired');
});

test('A14 of a chain the certificate itself counts, which comes first', () => {
  expect(notValidNow(file(CLIENT, [-300, -1], [-300, 300]), NOW)).toContain('has expired');
  expect(notValidNow(file(CLIENT, [1, 300], [-300, 300]), NOW)).toContain('is not valid before');
  expect(notValidNow(file(CLIENT, [-1, 300]), NOW)).toBeUndefined();
});

test('without files there is nothing to warn of', () => {
  expect([endWarning([], NOW), firstEnd([])]).toEqual([undefined, undefined]);
  expect(firstEnd([file('CA', [-300, 20], [-1, 400]), file(CLIENT, [-300, 200])])).toBe(
    NOW + 200 * 86_400_000,
  );
});
