import { OverlayError } from './errors.js';

/** The error for text, bytes or numbers that are no address, prefix or prefix length. */
export function invalid(message: string): OverlayError {
  return new OverlayError('OVL_CIDR_INVALID', message);
}

/** The error for a valid value that lies outside the space it was asked for in. */
export function outOfRange(message: string): OverlayError {
  return new OverlayError('OVL_CIDR_RANGE', message);
}
