import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { chunkBytesMax, chunksOf, modulesOf, piecesOf } from '../../../operator/artifact/store/chunks.ts';
import { packModule, unpackModule } from '../../../operator/artifact/store/pack.ts';

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
const split = async (bytes: Uint8Array) => chunksOf(await packModule(bytes), { namespace: 'sp-system' });
type Chunks = Awaited<ReturnType<typeof split>>;
const assemble = async (digest: string, chunks: Chunks) => unpackModule(digest, piecesOf(digest, chunks));
const digestOf = (chunks: Chunks) => chunks[0]!.metadata!.annotations!['softprobe.ai/digest']!;

describe('module chunks', () => {
  it('give the module back, whatever its length and their order', async () => {
    await fc.assert(
      fc.asyncProperty(module, fc.nat(), async (bytes, turn) => {
        const chunks = await split(bytes);
        const from = turn % chunks.length;
        const turned = [...chunks.slice(from), ...chunks.slice(0, from)];
        assert.deepEqual(Buffer.from(await assemble(digestOf(chunks), turned)), bytes);
      }),
      { numRuns: 30 },
    );
  });

  it('fit into an object of the API server each, immutable and with valid labels', async () => {
    // Bytes that no compression makes shorter.
    const chunks = await split(randomBytes(2 * chunkBytesMax + 1));
    assert.equal(chunks.length, 3);
    for (const chunk of chunks) {
      assert.equal(chunk.immutable, true);
      assert.ok(JSON.stringify(chunk).length < 1024 * 1024);
      for (const value of Object.values(chunk.metadata!.labels!)) assert.match(value, /^[a-z0-9-]{1,63}$/);
    }
  });

  it('are refused when one is missing, doubled or changed', async () => {
    const other = (await packModule(Buffer.from('other'))).pieces[0]!;
    await fc.assert(
      fc.asyncProperty(fc.nat(2), fc.constantFrom('missing', 'twice', 'changed'), async (index, fault) => {
        const chunks = await split(Buffer.alloc(2 * chunkBytesMax + 1, 7));
        const digest = digestOf(chunks);
        const victim = chunks[index]!;
        if (fault === 'missing') chunks.splice(index, 1);
        else if (fault === 'twice') chunks.push(victim);
        else victim.binaryData = { 'module.gz': Buffer.from(other).toString('base64') };
        await assert.rejects(assemble(digest, chunks), new RegExp(fault));
      }),
    );
    await assert.rejects(assemble('0'.repeat(64), []), /no chunk is there/);
  });

  it('show which modules are complete, and their sources', async () => {
    const metadata = (chunks: Chunks) =>
      chunks.map((chunk, index) => ({
        name: chunk.metadata!.name!,
        labels: chunk.metadata!.labels!,
        annotations: chunk.metadata!.annotations!,
        creationTimestamp: `2026-01-0${index + 1}T00:00:00Z`,
      }));
    const [head, ...rest] = metadata(await split(Buffer.alloc(chunkBytesMax + 1, 1)));
    const half = metadata(await split(Buffer.alloc(chunkBytesMax + 1, 2))).slice(1);
    const labels = { ...head!.labels, 'source.softprobe.ai/abc': '' };
    const broken = metadata(await split(Buffer.alloc(2 * chunkBytesMax + 1, 3))).toSpliced(1, 1);
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
