import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { basename } from 'node:path/posix';
import { extract } from 'tar-stream';
import { AgentError } from '../../api/errors.ts';

export interface Archive {
  readonly bytes: Uint8Array;
  /** Names the image, for messages. */
  readonly title: string;
  /** Longest file that is taken, and of all that is unpacked on the way to it, twice as much. */
  readonly bytesMax: number;
}

const fileName = 'plugin.wasm';

/** The module in a layer of the "compat variant": a tar archive, with gzip or without. @throws {AgentError} NotWasm, ModuleTooLarge */
export async function pluginFile({ bytes, title, bytesMax }: Archive): Promise<Uint8Array> {
  const tooLarge = () =>
    new AgentError(
      'ModuleTooLarge',
      `${title}: the layer unpacks to more than ${2 * bytesMax} bytes; at most ${bytesMax} are taken for ${fileName}`,
    );
  let unpacked = 0;
  const entries = extract();
  // RFC 1952, 2.3.1: what gzip begins with.
  const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const source = Readable.from([Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)]);
  const content = isPacked ? source.pipe(createGunzip()) : source;
  content.on('data', (chunk: Buffer) => {
    unpacked += chunk.length;
    if (unpacked > 2 * bytesMax) content.destroy(tooLarge());
  });
  content.on('error', (error) => entries.destroy(error));
  content.pipe(entries);
  try {
    for await (const entry of entries) {
      const { name, size, type } = entry.header;
      if (type !== 'file' || basename(name) !== fileName) {
        entry.resume();
        continue;
      }
      if (size > bytesMax) throw tooLarge();
      return await buffer(entry);
    }
  } catch (cause) {
    if (cause instanceof AgentError) throw cause;
    throw new AgentError('NotWasm', `${title}: the layer is not a tar archive that can be read`, { cause });
  } finally {
    content.destroy();
    entries.destroy();
  }
  throw new AgentError('NotWasm', `${title}: the last layer has no file ${fileName}`);
}
