import type { Response } from 'undici';

/** Characters of a line; a longer one is left out. */
const lineLengthMax = 64 * 1024;

/**
 * The lines of a body, as they arrive. Of a body that is longer than the limit, the lines that end before it. Bytes count
 * after unpacking.
 */
export async function* textLines({ body }: Response, bytesMax: number): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  let bytes = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body ?? []) {
    const part = chunk as Uint8Array;
    bytes += part.byteLength;
    const isCut = bytes > bytesMax;
    const lines = (
      rest +
      decoder.decode(part.subarray(0, part.byteLength - (isCut ? bytes - bytesMax : 0)), {
        stream: true,
      })
    ).split('\n');
    rest = lines.pop() ?? '';
    yield* lines.filter(({ length }) => length <= lineLengthMax);
    if (isCut) return;
    if (rest.length > lineLengthMax) rest = ' '.repeat(lineLengthMax + 1);
  }
  if (rest !== '' && rest.length <= lineLengthMax) yield rest;
}
