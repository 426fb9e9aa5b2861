import { OverlayError } from '@overlay/cidr';

/** The keys of one network in etcd. */
export interface Paths {
  /** `/atomic.io/network/config` */
  readonly config: string;
  /** `/atomic.io/network/subnets/`, with its slash: `subnets-backup/x` is somebody else's. */
  readonly subnets: string;
  /** `/atomic.io/network/overlay/renumber/`: one key per node that is asked to renumber. Flannel knows nothing below `overlay/`. */
  readonly renumber: string;
  /** `/atomic.io/network/overlay/renumbered/`: the last outcome per node. */
  readonly renumbered: string;
}

/** Builds the keys under a prefix; repeated and trailing slashes are removed as Flannel's path join does. */
export function pathsUnder(prefix: string): Paths {
  const parts = prefix.split('/').filter((part) => part !== '');
  const base = (prefix.startsWith('/') ? '/' : '') + parts.join('/');
  const root = base === '/' || base === '' ? base : `${base}/`;
  return {
    config: `${root}config`,
    subnets: `${root}subnets/`,
    renumber: `${root}overlay/renumber/`,
    renumbered: `${root}overlay/renumbered/`,
  };
}

/** The end of the range of all keys that start with `prefix` (etcd: the prefix plus one). `prefix` ends in an ASCII character. */
export function rangeEnd(prefix: string): Buffer {
  const end = Buffer.from(prefix);
  end.writeUInt8(end.readUInt8(end.length - 1) + 1, end.length - 1);
  return end;
}

/** Endpoints as `scheme://host:port`, all of one scheme. */
export interface Endpoints {
  readonly urls: readonly string[];
  readonly secure: boolean;
}

/**
 * Checks endpoints. Without a scheme one is `http`, or `https` when TLS files are given.
 * Throws OVL_ETCD_ENDPOINT for a malformed one and OVL_ETCD_TLS for a mix of plain and secure ones, or TLS files with plain ones.
 */
export function parseEndpoints(endpoints: readonly string[], tlsFile: string | undefined): Endpoints {
  const urls = endpoints.map((text) => parseEndpoint(text.trim(), tlsFile === undefined ? 'http' : 'https'));
  if (urls.length === 0) {
    throw new OverlayError(
      'OVL_ETCD_ENDPOINT',
      'no etcd endpoint is given: name at least one, as http://127.0.0.1:2379',
    );
  }
  const secure = urls.filter((url) => url.startsWith('https:'));
  if (secure.length > 0 && secure.length < urls.length) {
    throw new OverlayError(
      'OVL_ETCD_TLS',
      `etcd endpoints mix http and https (${urls.join(', ')}): use one scheme for all of them`,
    );
  }
  if (secure.length === 0 && tlsFile !== undefined) {
    throw new OverlayError(
      'OVL_ETCD_TLS',
      `the TLS file ${tlsFile} is given but ${urls.join(', ')} is plain http: use https:// or leave the TLS files out`,
    );
  }
  return { urls, secure: secure.length > 0 };
}

function parseEndpoint(text: string, scheme: string): string {
  const match = /^(?:(https?):\/\/)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?\/?$/.exec(text);
  if (!match || Number(match[3] ?? '2379') > 65535) {
    const shown = text.replace(/\/\/[^/]*@/, '//***@');
    throw new OverlayError(
      'OVL_ETCD_ENDPOINT',
      `etcd endpoint "${shown}" is not http://HOST:PORT or https://HOST:PORT: correct it (user and password have options of their own)`,
    );
  }
  return `${match[1] ?? scheme}://${match[2] ?? ''}:${match[3] ?? '2379'}`;
}

/** What is followed. */
export interface FollowedKeys extends Paths {
  /** The key with the request to this node; absent when nobody wants to hear of it. */
  readonly request?: string;
}
