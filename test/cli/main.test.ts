import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

describe('the command line as installed', () => {
  let directory: string;
  beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'spagent-'))));
  afterEach(() => rm(directory, { recursive: true }));

  // kubectl runs a program of this name for `kubectl spagent`.
  for (const name of ['spagent', 'kubectl-spagent']) {
    it(`is a program called ${name}`, async () => {
      const { bin, version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
        bin: Record<string, string>;
        version: string;
      };
      const program = join(directory, name);
      await symlink(join(root, bin[name] ?? 'missing'), program);
      const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
      const { stdout } = await promisify(execFile)(program, ['--version'], { env: { ...process.env, PATH } });
      assert.equal(stdout, `${version}\n`);
    });
  }

  it('ends without an error when its reader closes the pipe', async () => {
    const child = spawn(process.execPath, [join(root, 'operator', 'cli', 'main.ts'), '--help']);
    child.stdout.destroy();
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.deepEqual([errors, code], ['', 0]);
  });

  it('names the Node that it needs when started with an older one', async () => {
    const oldNode = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.1.0"})';
    const words = ['--import', oldNode, join(root, 'operator', 'cli', 'bin.mjs'), '--version'];
    await assert.rejects(promisify(execFile)(process.execPath, words), {
      code: 1,
      stdout: '',
      stderr:
        /^error: spagent needs Node 24\.3 or later, this is 20\.1\.0; .*node_modules\/\.bin\/node \S+bin\.mjs\n$/,
    });
  });
});
