/** What decides whether a NIC may become a port of a bridge. */
export interface NicFacts {
  readonly name: string;
  /** ARPHRD_ETHER (linux/if_arp.h). */
  readonly ethernet: boolean;
  readonly loopback: boolean;
  /** `IFLA_INFO_KIND`: `vlan`, `bond`, `veth`; empty for hardware. */
  readonly kind: string;
  readonly wireless: boolean;
  /** What it is a port or a slave of, and of which kind that is. */
  readonly master?: { readonly name: string; readonly kind: string };
  /** Links of these kinds sit on it and take its packets before a bridge would: `macvlan`, `ipvlan`, `macsec`. */
  readonly takenBy: readonly { readonly name: string; readonly kind: string }[];
  readonly machine: MachineFacts;
}

/** `sys_vendor`, `product_name`, `chassis_asset_tag` and `bios_vendor` of /sys/class/dmi/id; empty text for what is not there. */
export interface MachineFacts {
  readonly vendor: string;
  readonly product: string;
  readonly assetTag: string;
  readonly biosVendor: string;
}

interface Cloud {
  readonly name: string;
  readonly is: (machine: MachineFacts) => boolean;
}

const text = ({ vendor, product, biosVendor }: MachineFacts): string =>
  `${vendor}\n${product}\n${biosVendor}`;

/** Azure's virtual machines are Hyper-V's; this asset tag is theirs alone (cloud-init's ds-identify knows them by it). */
const AZURE_ASSET_TAG = '7783-7084-3265-9085-8269-3286-77';

const CLOUDS: readonly Cloud[] = [
  { name: 'Amazon EC2', is: (machine) => /amazon ec2/i.test(text(machine)) },
  { name: 'Google Compute Engine', is: (machine) => /google/i.test(text(machine)) },
  {
    name: 'Microsoft Azure',
    is: ({ vendor, product, assetTag }) =>
      assetTag === AZURE_ASSET_TAG || (vendor === 'Microsoft Corporation' && product === 'Virtual Machine'),
  },
  { name: 'DigitalOcean', is: (machine) => /digitalocean/i.test(text(machine)) },
  { name: 'Alibaba Cloud', is: (machine) => /alibaba cloud/i.test(text(machine)) },
  { name: 'Tencent Cloud', is: (machine) => /tencent cloud/i.test(text(machine)) },
  { name: 'Hetzner Cloud', is: ({ vendor }) => /^hetzner$/i.test(vendor) },
  { name: 'Oracle Cloud', is: ({ assetTag }) => /oraclecloud/i.test(assetTag) },
  { name: 'OpenStack', is: (machine) => /openstack/i.test(text(machine)) },
];

/** The cloud this machine runs in, whose network drops frames with MACs it did not give out; undefined elsewhere. */
export function cloudOf(machine: MachineFacts): string | undefined {
  return CLOUDS.find((cloud) => cloud.is(machine))?.name;
}

/**
 * Why a NIC cannot carry other hosts' MACs, and what to use instead; undefined when it can. `force` overrides what is only very
 * likely (Wi-Fi with four-address mode, a cloud with the check turned off).
 */
export function lanBridgeRefusal(nic: NicFacts, force: boolean): string | undefined {
  return impossible(nic) ?? (force ? undefined : unlikely(nic));
}

function impossible({ name, ethernet, loopback, kind, master, takenBy }: NicFacts): string | undefined {
  if (loopback || !ethernet)
    return `${name} is no Ethernet device (${kind === '' ? 'hardware' : kind}), so it cannot be a port of a bridge; choose the LAN's NIC with --iface`;
  if (kind === 'bridge')
    return `${name} is a bridge, which cannot be a port of another one; choose the NIC with --iface`;
  if (master !== undefined) return enslaved(name, master);
  const [first] = takenBy;
  return first === undefined
    ? undefined
    : `${first.name} (${first.kind}) takes ${name}'s packets before a bridge could; remove it, or use backend host-gw`;
}

function enslaved(nic: string, { name, kind }: NonNullable<NicFacts['master']>): string {
  if (kind === 'bond' || kind === 'team')
    return `${nic} is a slave of ${name} (${kind}): choose ${name} itself with --iface`;
  return `${nic} is a port of ${name} (${kind === '' ? 'another device' : kind}) already; choose ${name} or another NIC with --iface, or take ${nic} out of it`;
}

function unlikely({ name, wireless, kind, machine }: NicFacts): string | undefined {
  if (wireless)
    return `${name} is a Wi-Fi device: access points drop frames with containers' MACs; use backend vxlan, or set Force in the Backend options for a four-address link`;
  const cloud = kind === 'veth' || kind === 'dummy' ? undefined : cloudOf(machine);
  return cloud === undefined
    ? undefined
    : `this machine runs in ${cloud}, whose network drops frames with containers' MACs; use backend vxlan, or set Force in the Backend options if yours does not`;
}
