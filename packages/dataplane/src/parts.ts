import type { BasicObject, KernelObject, PartLink, PartObject } from './model.js';

const PART_TYPES: Readonly<Record<PartObject['type'], true>> = {
  fou: true,
  'wireguard-peer': true,
  'proxy-peer': true,
  'ovs-port': true,
  'bridge-port': true,
  hook: true,
};
const PART_LINKS: Readonly<Record<PartLink['kind'], true>> = {
  wireguard: true,
  'udp-proxy': true,
  'ovs-bridge': true,
  'lan-bridge': true,
};

/** Whether an object is programmed by rtnetlink or as a sysctl, and not by a part of the data plane. */
export function isBasic(object: KernelObject): object is BasicObject {
  return object.type === 'link' ? !(object.kind in PART_LINKS) : !(object.type in PART_TYPES);
}
