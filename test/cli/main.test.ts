import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
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
});
