import assert from 'node:assert/strict';
import { Response } from 'undici';
import { textLines } from '../../operator/cluster/text-lines.ts';
import { collect } from '../support/collect.ts';

async function linesOf(chunks: readonly string[], bytesMax = 1000): Promise<string[]> {
  const body = ReadableStream.from(chunks.map((chunk) => Buffer.from(chunk, 'latin1')));
  return collect(textLines(new Response(body), bytesMax));
}

describe('textLines', () => {
  it('puts lines together across chunks, bytes of a character too', async () => {
    assert.deepEqual(await linesOf(['a\nb', 'c\n', '\xc3', '\xbc']), ['a', 'bc', 'ü']);
    assert.deepEqual(await linesOf([]), []);
  });

  it('ends with the last complete line before the limit, and reads no further', async () => {
    const endless = (function* () {
      for (;;) yield Buffer.from('0123456\n');
    })();
    const lines = await collect(textLines(new Response(ReadableStream.from(endless)), 20));
    assert.deepEqual(lines, ['0123456', '0123456']);
  });

  it('leaves out a line that is too long, and none after it', async () => {
    const long = 'x'.repeat(50_000);
    assert.deepEqual(await linesOf([long, long, '\nb\n', long, '\nd'], 1e9), ['b', long, 'd']);
  });
});
