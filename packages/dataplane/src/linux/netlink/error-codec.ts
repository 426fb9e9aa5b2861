import { NLM_F, NLMSGERR_ATTR_MSG, NLMSG_HEADER_BYTES } from './constants.js';
import { readAttributes, readText, type Message } from './reader.js';

/** The kernel's answer to one request: errno 0 is an acknowledgement. */
export interface Acknowledgement {
  readonly sequence: number;
  /** Positive errno. */
  readonly errno: number;
  /** The kernel's own words (extended ack), empty when it gave none. */
  readonly message: string;
}

/** Decodes an NLMSG_ERROR: negative errno, the request's header (and its body unless capped), then extended-ack attributes. */
export function decodeAcknowledgement(message: Message): Acknowledgement {
  const errno = -message.payload.readInt32LE(0);
  return { sequence: message.sequence, errno, message: extendedMessage(message) };
}

function extendedMessage(message: Message): string {
  if ((message.flags & NLM_F.ACK_TLVS) === 0) return '';
  const requestBytes =
    (message.flags & NLM_F.CAPPED) === 0 ? message.payload.readUInt32LE(4) : NLMSG_HEADER_BYTES;
  return readText(readAttributes(message.payload, 4 + ((requestBytes + 3) & ~3)).get(NLMSGERR_ATTR_MSG));
}
