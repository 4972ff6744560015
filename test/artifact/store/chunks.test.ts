import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assemble, chunkBytesMax, chunksOf, modulesOf } from '../../../operator/artifact/store/chunks.ts';

const size = fc.oneof(
  fc.nat(100),
  fc
    .integer({ min: -2, max: 2 })
    .chain((more) => fc.integer({ min: 1, max: 3 }).map((n) => n * chunkBytesMax + more)),
);
const module = fc.tuple(size, fc.nat(255)).map(([length, seed]) => {
  const bytes = Buffer.alloc(length, seed);
  for (let index = 0; index < length; index += 4096) bytes[index] = index / 4096;
  return bytes;
});
const split = (bytes: Uint8Array) => chunksOf(bytes, { namespace: 'sp-system' });
const digestOf = (chunks: ReturnType<typeof split>) =>
  chunks[0]!.metadata!.annotations!['softprobe.ai/digest']!;

describe('module chunks', () => {
  it('give the module back, whatever its length and their order', () => {
    fc.assert(
      fc.property(module, fc.nat(), (bytes, turn) => {
        const chunks = split(bytes);
        const from = turn % chunks.length;
        const turned = [...chunks.slice(from), ...chunks.slice(0, from)];
        assert.deepEqual(Buffer.from(assemble(digestOf(chunks), turned)), bytes);
      }),
      { numRuns: 30 },
    );
  });

  it('fit into an object of the API server each, immutable and with valid labels', () => {
    const chunks = split(Buffer.alloc(2 * chunkBytesMax + 1));
    assert.equal(chunks.length, 3);
    for (const chunk of chunks) {
      assert.equal(chunk.immutable, true);
      assert.ok(JSON.stringify(chunk).length < 1024 * 1024);
      for (const value of Object.values(chunk.metadata!.labels!)) assert.match(value, /^[a-z0-9-]{1,63}$/);
    }
  });

  it('are refused when one is missing, doubled or changed', () => {
    fc.assert(
      fc.property(fc.nat(2), fc.constantFrom('missing', 'twice', 'changed'), (index, fault) => {
        const chunks = split(Buffer.alloc(2 * chunkBytesMax + 1, 7));
        const digest = digestOf(chunks);
        const victim = chunks[index]!;
        if (fault === 'missing') chunks.splice(index, 1);
        else if (fault === 'twice') chunks.push(victim);
        else victim.binaryData = { module: Buffer.from('other').toString('base64') };
        assert.throws(() => assemble(digest, chunks), new RegExp(fault));
      }),
    );
    assert.throws(() => assemble('0'.repeat(64), []), /no chunk is there/);
  });

  it('tell which modules are whole, and of which sources', () => {
    const metadata = (chunks: ReturnType<typeof split>) =>
      chunks.map((chunk, index) => ({
        name: chunk.metadata!.name!,
        labels: chunk.metadata!.labels!,
        annotations: chunk.metadata!.annotations!,
        creationTimestamp: `2026-01-0${index + 1}T00:00:00Z`,
      }));
    const [head, ...rest] = metadata(split(Buffer.alloc(chunkBytesMax + 1, 1)));
    const half = metadata(split(Buffer.alloc(chunkBytesMax + 1, 2))).slice(1);
    const labels = { ...head!.labels, 'source.softprobe.ai/abc': '' };
    const broken = metadata(split(Buffer.alloc(2 * chunkBytesMax + 1, 3))).toSpliced(1, 1);
    const foreign = { name: 'x', creationTimestamp: '', annotations: { 'softprobe.ai/digest': 'nonsense' } };
    const found = modulesOf([...rest, { ...head!, labels }, ...half, ...broken, foreign]);
    assert.deepEqual(
      found.map(({ isWhole, sourceKeys, createdAt }) => [isWhole, sourceKeys, createdAt]).sort(),
      [
        [false, [], '2026-01-01T00:00:00Z'],
        [false, [], '2026-01-02T00:00:00Z'],
        [true, ['abc'], '2026-01-01T00:00:00Z'],
      ],
    );
  });
});
