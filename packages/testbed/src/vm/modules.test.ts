import { moduleName, moduleOrder } from './modules.js';

const DEP = `kernel/net/9p/9pnet_virtio.ko: kernel/net/9p/9pnet.ko kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
kernel/net/9p/9pnet.ko:
kernel/drivers/virtio/virtio.ko:
kernel/drivers/virtio/virtio_ring.ko: kernel/drivers/virtio/virtio.ko
kernel/drivers/char/hw_random/virtio-rng.ko.xz: kernel/drivers/virtio/virtio.ko
`;

test('every module comes once, after those it needs', () => {
  expect(moduleOrder(DEP, ['9pnet_virtio', 'virtio_rng', '9pnet']).map(moduleName)).toEqual([
    '9pnet',
    'virtio',
    'virtio_ring',
    '9pnet_virtio',
    'virtio_rng',
  ]);
});

test('dashes and underscores are the same in a name, and a compressed file has one too', () => {
  expect(moduleOrder(DEP, ['virtio-rng'])).toEqual(moduleOrder(DEP, ['virtio_rng']));
});

test('a kernel without a wanted module is refused by its name', () => {
  expect(() => moduleOrder(DEP, ['wireguard'])).toThrow(/no module wireguard/);
});
