import type { Response } from 'undici';

/** An answer with more bytes than whoever asked wants to hold. */
export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
  constructor(bytesMax: number) {
    super(`the answer is longer than ${bytesMax} bytes`);
  }
}

/** A body as text, bytes counted after unpacking. @throws {AnswerTooLongError} */
export async function readText(response: Response, bytesMax: number): Promise<string> {
  const { bytes, isCut } = await readBytes(response, bytesMax);
  if (isCut) throw new AnswerTooLongError(bytesMax);
  return new TextDecoder().decode(bytes);
}

/** The first bytes of a body as text; the rest is not read. */
export async function readBeginning(response: Response, bytesMax: number): Promise<string> {
  return new TextDecoder().decode((await readBytes(response, bytesMax)).bytes);
}

async function readBytes({ body }: Response, bytesMax: number) {
  const chunks: Uint8Array[] = [];
  let length = 0;
  // Leaving the loop cancels the body.
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    length += chunk.byteLength;
    if (length > bytesMax) break;
  }
  return { bytes: Buffer.concat(chunks).subarray(0, bytesMax), isCut: length > bytesMax };
}
