/** Numbers of rtnetlink, by the names of the kernel's uapi headers (linux/{netlink,rtnetlink,if_link,neighbour,fib_rules,netconf}.h). */

export const NLMSG_HEADER_BYTES = 16;

/** Protocol of a netlink socket: NETLINK_ROUTE is 0. */
export const NETLINK_NETFILTER = 12;

export const NLMSG = { ERROR: 2, DONE: 3, OVERRUN: 4 } as const;

export const NLM_F = {
  REQUEST: 0x1,
  MULTI: 0x2,
  ACK: 0x4,
  DUMP_INTR: 0x10,
  CAPPED: 0x100,
  ACK_TLVS: 0x200,
  REPLACE: 0x100,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
  DUMP: 0x300,
} as const;

export const RTM = {
  NEWLINK: 16,
  DELLINK: 17,
  GETLINK: 18,
  NEWADDR: 20,
  DELADDR: 21,
  GETADDR: 22,
  NEWROUTE: 24,
  DELROUTE: 25,
  GETROUTE: 26,
  NEWNEIGH: 28,
  DELNEIGH: 29,
  GETNEIGH: 30,
  NEWRULE: 32,
  DELRULE: 33,
  GETRULE: 34,
  NEWNETCONF: 80,
} as const;

/** Bits of the multicast groups for `sockaddr_nl.nl_groups` (1 << (RTNLGRP_x - 1)). */
export const GROUPS = {
  LINK: 1 << 0,
  NEIGH: 1 << 2,
  IPV4_IFADDR: 1 << 4,
  IPV4_ROUTE: 1 << 6,
  IPV4_RULE: 1 << 7,
  IPV6_IFADDR: 1 << 8,
  IPV6_ROUTE: 1 << 10,
  IPV6_RULE: 1 << 18,
  IPV4_NETCONF: 1 << 23,
  IPV6_NETCONF: 1 << 24,
} as const;

export const AF = { UNSPEC: 0, INET: 2, BRIDGE: 7, INET6: 10 } as const;

export const IFF = { UP: 0x1, LOOPBACK: 0x8, LOWER_UP: 0x10000 } as const;

export const IFLA = {
  ADDRESS: 1,
  IFNAME: 3,
  MTU: 4,
  LINK: 5,
  MASTER: 10,
  LINKINFO: 18,
  IFALIAS: 20,
  EXT_MASK: 29,
  LINK_NETNSID: 37,
} as const;
export const RTEXT_FILTER_SKIP_STATS = 8;
export const IFLA_INFO = { KIND: 1, DATA: 2 } as const;
export const IFLA_VXLAN = {
  ID: 1,
  LOCAL: 4,
  LEARNING: 7,
  PORT: 15,
  LOCAL6: 17,
  UDP_CSUM: 18,
  GBP: 23,
} as const;
export const VETH_INFO_PEER = 1;

/** linux/if_tunnel.h, IFLA_GRE_*. */
export const IFLA_GRE = {
  LINK: 1,
  IFLAGS: 2,
  OFLAGS: 3,
  IKEY: 4,
  OKEY: 5,
  LOCAL: 6,
  REMOTE: 7,
  TTL: 8,
  TOS: 9,
  PMTUDISC: 10,
  ENCAP_TYPE: 14,
  ENCAP_FLAGS: 15,
  ENCAP_SPORT: 16,
  ENCAP_DPORT: 17,
  COLLECT_METADATA: 18,
  FWMARK: 20,
} as const;
/** linux/if_tunnel.h, IFLA_IPTUN_*: of ipip and sit. */
export const IFLA_IPTUN = {
  LINK: 1,
  LOCAL: 2,
  REMOTE: 3,
  TTL: 4,
  TOS: 5,
  FLAGS: 8,
  PROTO: 9,
  PMTUDISC: 10,
  ENCAP_TYPE: 15,
  ENCAP_FLAGS: 16,
  ENCAP_SPORT: 17,
  ENCAP_DPORT: 18,
  COLLECT_METADATA: 19,
  FWMARK: 20,
} as const;
export const GRE_KEY = 0x2000;
export const TUNNEL_ENCAP = { NONE: 0, FOU: 1 } as const;

export const IFA = { ADDRESS: 1, LOCAL: 2, FLAGS: 8 } as const;
export const IFA_F = { TEMPORARY: 0x01, DEPRECATED: 0x20, PERMANENT: 0x80 } as const;

export const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
  VIA: 18,
} as const;
export const RTAX_MTU = 2;
export const RTNH_F_ONLINK = 4;
export const RT_SCOPE = { UNIVERSE: 0, SITE: 200, LINK: 253, HOST: 254, NOWHERE: 255 } as const;
export const RTN = { UNICAST: 1, LOCAL: 2, BROADCAST: 3, BLACKHOLE: 6 } as const;
export const RT_TABLE_MAIN = 254;

export const NDA = { DST: 1, LLADDR: 2 } as const;
export const NUD_NOARP = 0x40;
export const NUD_PERMANENT = 0x80;
export const NTF_SELF = 0x02;

export const FRA = { DST: 1, SRC: 2, PRIORITY: 6, TABLE: 15, PROTOCOL: 21 } as const;
export const FR_ACT_TO_TBL = 1;

/** linux/netconf.h */
export const NETCONFA = { FORWARDING: 2, RP_FILTER: 3, PROXY_NEIGH: 5 } as const;

export const NLMSGERR_ATTR_MSG = 1;
