import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderSbomPackages } from '../../hack/generate/sbom-packages.ts';
import { provenanceOf, userJob } from '../../operator/artifact/compiler/job.ts';
import { spagent } from '../support/cli.ts';

const least = `export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
`;

interface Part {
  readonly name: string;
  readonly version?: string;
  readonly purl?: string;
  readonly licenses?: readonly { readonly license: { readonly id: string } }[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
}
interface Document {
  readonly serialNumber?: string;
  readonly metadata: { readonly timestamp?: string; readonly component: Part };
  readonly components: readonly Part[];
}

describe('spagent build --sbom', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'sbom-'))));
  afterEach(() => rm(directory, { recursive: true }));

  async function build(text: string): Promise<string> {
    await writeFile(join(directory, 'index.ts'), text);
    const [module, sbom] = [join(directory, 'mine.wasm'), join(directory, 'mine.cdx.json')];
    const { code, note } = await spagent('build', '--source', directory, '-f', module, '--sbom', sbom);
    assert.equal(code, 0, note);
    return readFile(sbom, 'utf8');
  }
  const parsed = (text: string) => JSON.parse(text) as Document;

  it('lists the module, its source and its libraries, as the schema of CycloneDX wants it', async () => {
    const text = await build(
      `import { proxy_increment_metric } from '@solo-io/proxy-runtime/assembly/imports';\n${least}`,
    );
    const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot6);
    assert.equal(await validator.validate(text), null);
    const references = [...text.matchAll(/"bom-ref": "([^"]*)"/g)].map(([, reference]) => reference);
    assert.equal(new Set(references).size, references.length, String(references));
    const { metadata, components } = parsed(text);
    const module = await readFile(join(directory, 'mine.wasm'));
    assert.partialDeepStrictEqual(metadata.component, {
      name: 'mine.wasm',
      hashes: [{ alg: 'SHA-256', content: hash('sha256', module) }],
    });
    const files = { 'index.ts': await readFile(join(directory, 'index.ts'), 'utf8') };
    const { sourceDigest } = await provenanceOf(await userJob(files, { optimize: 3, debug: false }));
    const part = (wanted: string) => components.find(({ name }) => name === wanted);
    assert.deepEqual(part('source')?.hashes, [{ alg: 'SHA-256', content: sourceDigest }]);
    const locked = JSON.parse(renderSbomPackages()) as Record<string, { version: string; integrity: string }>;
    for (const name of ['assemblyscript', '@solo-io/proxy-runtime']) {
      const { version = '', integrity = '' } = locked[name] ?? {};
      const content = Buffer.from(integrity.slice('sha512-'.length), 'base64').toString('hex');
      assert.partialDeepStrictEqual(part(name), {
        version,
        licenses: [{ license: { id: 'Apache-2.0' } }],
        hashes: [{ alg: 'SHA-512', content }],
        purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
      });
    }
  });

  it('leaves out libraries that the source does not import', async () => {
    const names = parsed(await build(least)).components.map(({ name }) => name);
    assert.deepEqual(names.sort(), ['assemblyscript', 'source']);
  });

  it('is the same each time: its only time is that of SOURCE_DATE_EPOCH', async () => {
    const text = await build(least);
    assert.equal(await build(least), text);
    const { serialNumber, metadata } = parsed(text);
    assert.deepEqual([serialNumber, metadata.timestamp], [undefined, undefined]);
    process.env['SOURCE_DATE_EPOCH'] = '1700000000';
    try {
      assert.equal(parsed(await build(least)).metadata.timestamp, '2023-11-14T22:13:20.000Z');
    } finally {
      delete process.env['SOURCE_DATE_EPOCH'];
    }
  });

  it('says by file and flag that the list cannot be written', async () => {
    await writeFile(join(directory, 'index.ts'), least);
    const sbom = join(directory, 'missing', 'x.json');
    const words = ['build', '--source', directory, '-f', join(directory, 'x.wasm'), '--sbom', sbom];
    const { code, note } = await spagent(...words);
    assert.equal(code, 2);
    assert.match(note, /^error: --sbom \/.*x\.json: no such file or directory; /);
  });
});
