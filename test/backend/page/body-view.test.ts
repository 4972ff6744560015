import assert from 'node:assert/strict';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { viewBody } from '../../../operator/backend/page/body-view.ts';

const view = (bytes: Uint8Array | string, fields: Record<string, string> = {}, truncated = false) =>
  viewBody({ bytes: Buffer.from(bytes), truncated }, Object.entries(fields));

describe('a recorded body as a person reads it', () => {
  for (const [coding, compress, how = ''] of [
    ['gzip', gzipSync],
    ['x-gzip', gzipSync],
    ['deflate', deflateSync],
    ['deflate', deflateRawSync, ' without its header'],
    ['br', brotliCompressSync],
    ['zstd', zstdCompressSync],
  ] as const) {
    it(`is decoded from ${coding}${how}`, async () => {
      const { kind, text, note } = await view(compress(Buffer.from('{"a":1}')), {
        'content-encoding': coding,
      });
      assert.deepEqual([kind, text], ['json', '{\n  "a": 1\n}']);
      assert.match(note, /7 bytes decoded/);
    });
  }

  it('is decoded from several codings in the right order', async () => {
    const bytes = gzipSync(brotliCompressSync(Buffer.from('text')));
    assert.equal((await view(bytes, { 'content-encoding': 'br, gzip' })).text, 'text');
  });

  it('is not unpacked without bound', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const { kind, note } = await view(bomb, { 'content-encoding': 'gzip', 'content-type': 'text/plain' });
    assert.equal(kind, 'binary');
    assert.match(note, /gzip, could not be decoded/);
  });

  it('is shown in part when it is long', async () => {
    const { text, note } = await view('x'.repeat(1024 * 1024), { 'content-type': 'text/plain' });
    assert.equal(text.length, 256 * 1024);
    assert.match(note, /only the first 262144 characters/);
  });

  it('is read in its charset', async () => {
    const { text } = await view(Buffer.from([0xe9]), { 'content-type': 'text/plain; charset=iso-8859-1' });
    assert.equal(text, 'é');
  });

  it('is bytes when it is not text, whatever its content type', async () => {
    for (const bytes of [Buffer.from([0xff, 0xfe, 0x00]), Buffer.from([0x61, 0x00, 0x62])]) {
      assert.equal((await view(bytes, { 'content-type': 'application/json' })).kind, 'binary');
    }
  });

  it('is an image for types that a browser only draws', async () => {
    const svg = '<svg xmlns="http://www.w3.org/2000/svg"/>';
    const { kind, text } = await view(svg, { 'content-type': 'image/svg+xml; charset=utf-8' });
    assert.equal(kind, 'image');
    assert.equal(text, `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);
    assert.equal((await view('<p>', { 'content-type': 'image/"onload="x' })).kind, 'text');
  });

  it('has a note when a part is missing, and is empty when there is none', async () => {
    assert.match((await view('half', {}, true)).note, /incomplete/);
    assert.equal((await viewBody(undefined, [])).kind, 'empty');
  });
});
