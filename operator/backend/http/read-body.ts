import type { IncomingMessage } from 'node:http';
import { HttpError } from './answer.ts';

/** Largest message taken, in bytes. The filter sends at most 256 KiB of spans beside one long one. */
const messageBytesMax = 16 * 1024 * 1024;

/** What a refused message may still send before its connection is closed, in bytes. */
const drainBytesMax = 32 * 1024 * 1024;

/** Bytes of the messages that are being received at one time, over all connections. */
const inFlightBytesMax = 128 * 1024 * 1024;

/** Counts the bytes of all messages that are being read. */
export class InFlightBytes {
  #bytes = 0;

  /** @throws HttpError 503 when too much is held already. */
  add(bytes: number): void {
    if (this.#bytes + bytes > inFlightBytesMax) {
      throw new HttpError([503, 'overloaded'], 'too many messages at one time; send again later', {
        'retry-after': '1',
      });
    }
    this.#bytes += bytes;
  }

  remove(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/**
 * Reads the body to its end: an answer before the end makes Envoy open a connection for each call. The bytes count
 * as in flight until `release` is called.
 * @throws HttpError 413 when the body is longer than `messageBytesMax`, 503 when too much is in flight.
 */
export async function readBody(
  request: IncomingMessage,
  inFlight: InFlightBytes,
): Promise<{ readonly body: Buffer; release(): void }> {
  let length = 0;
  const chunks: Buffer[] = [];
  try {
    // The stream stays usable after a failure: what is refused is drained, and answered.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (length + chunk.length > messageBytesMax) {
        throw new HttpError([413, 'too_large'], `the message is longer than ${messageBytesMax} bytes`);
      }
      inFlight.add(chunk.length);
      length += chunk.length;
      chunks.push(chunk);
    }
  } catch (error) {
    inFlight.remove(length);
    throw error;
  }
  return { body: Buffer.concat(chunks), release: () => inFlight.remove(length) };
}

/** Discards the rest of a body; closes the connection of a sender that does not stop. */
export async function drain(request: IncomingMessage): Promise<void> {
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > drainBytesMax) request.socket.destroy();
  }
}
