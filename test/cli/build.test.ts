import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spagent } from '../support/cli.ts';

const ownFilter = `export function proxy_abi_version_0_2_1(): void {}
export function malloc(size: usize): usize { return heap.alloc(size); }
`;

describe('spagent build', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'spagent-'))));
  afterEach(() => rm(directory, { recursive: true }));

  const writeSource = (text: string) => writeFile(join(directory, 'index.ts'), text);

  it('compiles a source of your own and writes its digest beside it', async () => {
    await writeSource(ownFilter);
    const output = join(directory, 'mine.wasm');
    const { code, out, note } = await spagent('build', '--source', directory, '-f', output);
    assert.equal(note.includes('error'), false, note);
    assert.equal(code, 0);
    assert.match(out, /^[0-9a-f]{64} {2}.*mine\.wasm\n$/);
    const [digest] = out.split(' ');
    assert.equal(await readFile(`${output}.sha256`, 'utf8'), `${digest}  mine.wasm\n`);
    assert.match(note, /spagent test --module/);
    assert.ok(note.includes(`spagent deploy NAME --selector app=NAME --source ${directory}\n`), note);
    assert.match(note, /spagent deploy NAME --selector app=NAME --filter-url https:/);
  });

  it('says by file and flag that its module cannot be written', async () => {
    await writeSource(ownFilter);
    const output = join(directory, 'missing', 'x.wasm');
    const { code, note } = await spagent('build', '--source', directory, '-f', output);
    assert.equal(code, 2);
    assert.match(note, /^error: --file \/.*x\.wasm: no such file or directory; /);
  });

  it("shows the compiler's message", async () => {
    await writeSource('export function f(): i32 { return nothing }\n');
    const { code, note } = await spagent('build', '--source', directory, '-f', join(directory, 'x.wasm'));
    assert.equal(code, 1);
    assert.match(note, /index\.ts:1:\d+/);
  });
});
