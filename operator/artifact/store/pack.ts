import { hash } from 'node:crypto';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { chunkBytesMax, type PackedModule } from './chunks.ts';

const compress = promisify(gzip);
const decompress = promisify(gunzip);

export async function packModule(bytes: Uint8Array): Promise<PackedModule> {
  const pieces: Uint8Array[] = [];
  for (let from = 0; from < Math.max(1, bytes.length); from += chunkBytesMax) {
    // One after the other: the threads that compress are few, and others need them too.
    pieces.push(await compress(bytes.subarray(from, from + chunkBytesMax)));
  }
  return { digest: hash('sha256', bytes), sizeBytes: bytes.length, pieces };
}

/** @throws for what is not a piece of a module, or would be longer than one. */
export function unpackPiece(piece: Uint8Array): Promise<Uint8Array> {
  return decompress(piece, { maxOutputLength: chunkBytesMax });
}

/** The module again. @throws if a piece was changed. */
export async function unpackModule(digest: string, pieces: readonly Uint8Array[]): Promise<Uint8Array> {
  const unpacked: Uint8Array[] = [];
  for (const piece of pieces) {
    unpacked.push(
      await unpackPiece(piece).catch((cause: unknown) => {
        throw new Error(`module ${digest}: its chunks cannot be unpacked; one of them was changed`, {
          cause,
        });
      }),
    );
  }
  const bytes = Buffer.concat(unpacked);
  const actual = hash('sha256', bytes);
  if (actual !== digest) {
    throw new Error(`module ${digest}: its chunks give SHA-256 ${actual}; one of them was changed`);
  }
  return bytes;
}
