import type { Readable, Writable } from 'node:stream';

/**
 * The one message each way between the operator and a sandbox: two lengths of four bytes each, JSON, bytes. The lengths come
 * first, so that one that is too long is refused before it is held in memory.
 */
export interface Frame {
  /** Whatever the other side wrote: the reader checks it. */
  readonly header: unknown;
  readonly body: Uint8Array;
}

export interface FrameLimits {
  readonly headerBytesMax: number;
  readonly bodyBytesMax: number;
}

/** What a frame is made of. */
export interface FrameParts {
  readonly header: object;
  readonly body?: Uint8Array | undefined;
}

/** A frame that is longer than its reader takes. */
export class FrameTooLongError extends Error {
  override readonly name = 'FrameTooLongError';
}

/** A stream that ended before its frame did. */
export class FrameCutError extends Error {
  override readonly name = 'FrameCutError';
}

const prefixBytes = 8;

/** Writes a frame. The body is not copied, as it may be many megabytes. @param sent called when all of it is with the system. */
export function writeFrame(stream: Writable, { header, body }: FrameParts, sent?: () => void): void {
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(json.length, 0);
  prefix.writeUInt32BE(body?.length ?? 0, 4);
  stream.write(Buffer.concat([prefix, json]));
  stream.write(body ?? new Uint8Array(), sent);
}

/**
 * Reads the first frame of a stream, which stays open.
 * @throws {FrameTooLongError} {FrameCutError}, and for a header that is not JSON.
 */
export function readFrame(stream: Readable, limits: FrameLimits): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const reader = new FrameReader(limits);
    stream.on('data', (chunk: Buffer) => {
      try {
        const frame = reader.add(chunk);
        if (frame) resolve(frame);
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    stream.once('close', () => reject(new FrameCutError('the stream ended before its frame did')));
    stream.once('error', reject);
  });
}

class FrameReader {
  readonly #limits: FrameLimits;
  #begin = Buffer.alloc(0);
  #headerLength = 0;
  #content: Buffer | undefined;
  #filled = 0;
  #isDone = false;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  /** @returns the frame with its last chunk; undefined before and after. */
  add(chunk: Buffer): Frame | undefined {
    if (this.#isDone) return undefined;
    const rest = this.#content ? chunk : this.#start(chunk);
    if (!this.#content) return undefined;
    this.#filled += rest.copy(this.#content, this.#filled);
    if (this.#filled < this.#content.length) return undefined;
    this.#isDone = true;
    const header: unknown = JSON.parse(this.#content.toString('utf8', 0, this.#headerLength));
    return { header, body: this.#content.subarray(this.#headerLength) };
  }

  /** @returns what follows the lengths. */
  #start(chunk: Buffer): Buffer {
    this.#begin = Buffer.concat([this.#begin, chunk]);
    if (this.#begin.length < prefixBytes) return Buffer.alloc(0);
    this.#headerLength = this.#begin.readUInt32BE(0);
    const bodyLength = this.#begin.readUInt32BE(4);
    const { headerBytesMax, bodyBytesMax } = this.#limits;
    if (this.#headerLength > headerBytesMax || bodyLength > bodyBytesMax) {
      throw new FrameTooLongError(`${this.#headerLength} and ${bodyLength} bytes are more than are taken`);
    }
    this.#content = Buffer.alloc(this.#headerLength + bodyLength);
    return this.#begin.subarray(prefixBytes);
  }
}
