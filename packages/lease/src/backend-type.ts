import type { JsonObject, NetworkConfig } from './model.js';

/** The backend type as the operator wrote it, before Flannel's lower-casing at lookup. */
export function writtenBackendType(config: NetworkConfig): string {
  return writtenType(config.backend) ?? config.backendType;
}

/** The type that the options of a backend in the network config name, lower case; empty when they name none. */
export function backendTypeOf(options: JsonObject): string {
  return writtenType(options)?.toLowerCase() ?? '';
}

function writtenType(options: JsonObject): string | undefined {
  const written = Object.entries(options).findLast(([key, value]) => {
    return key.toLowerCase() === 'type' && typeof value === 'string';
  });
  return typeof written?.[1] === 'string' ? written[1] : undefined;
}
