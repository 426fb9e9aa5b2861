/** Address family, as IANA numbers the IP versions. */
export type Family = 4 | 6;

/** An IPv4 address as an unsigned 32-bit number, 0 to 4294967295. */
export interface Ipv4 {
  readonly family: 4;
  readonly bits: number;
}

/** An IPv6 address as an unsigned 128-bit integer. */
export interface Ipv6 {
  readonly family: 6;
  readonly bits: bigint;
}

export type Address = Ipv4 | Ipv6;

/** An IPv4 network: `bits` has no host bits set; `length` is 0 to 32. */
export interface Ipv4Prefix {
  readonly family: 4;
  readonly bits: number;
  readonly length: number;
}

/** An IPv6 network: `bits` has no host bits set; `length` is 0 to 128. */
export interface Ipv6Prefix {
  readonly family: 6;
  readonly bits: bigint;
  readonly length: number;
}

export type Prefix = Ipv4Prefix | Ipv6Prefix;

/** An address with the prefix length of its network, host bits kept: `10.5.34.1/24`. */
export interface InterfaceAddress<A extends Address = Address> {
  readonly address: A;
  readonly length: number;
}
