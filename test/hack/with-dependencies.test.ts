import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const script = join('hack', 'with-dependencies.mjs');

type Packages = Readonly<Record<string, { version: string; integrity?: string; optional?: boolean }>>;
const locked: Packages = {
  '': { version: '0.1.0' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', optional: true },
};

describe('npm scripts', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'with-dependencies-'));
    for (const folder of ['hack', 'bin', join('node_modules', '.bin')]) {
      await mkdir(join(directory, folder), { recursive: true });
    }
    await copyFile(join(import.meta.dirname, '..', '..', script), join(directory, script));
    await writeFile(join(directory, 'package-lock.json'), JSON.stringify({ packages: locked }));
    await symlink(process.execPath, join(directory, 'node_modules', '.bin', 'node'));
    await writeFile(join(directory, 'bin', 'npm'), '#!/bin/sh\necho "npm $*" >&2\n');
    await chmod(join(directory, 'bin', 'npm'), 0o755);
  });
  afterEach(() => rm(directory, { recursive: true }));

  const installed = (packages: Packages) =>
    writeFile(join(directory, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
  const run = async () => {
    const PATH = [join(directory, 'bin'), dirname(process.execPath), process.env['PATH']].join(delimiter);
    const words = [join(directory, script), '-p', '"the command ran"'];
    return promisify(execFile)(process.execPath, words, { env: { ...process.env, PATH } });
  };

  it('install nothing after npm ci, which leaves out optional packages of other platforms', async () => {
    const { 'node_modules/a': a } = locked;
    await installed({ 'node_modules/a': a! });
    assert.deepEqual(await run(), { stdout: 'the command ran\n', stderr: '' });
  });

  for (const [what, packages] of [
    ['nothing is installed', undefined],
    ['a package is missing', {}],
    ['a package has another version', { 'node_modules/a': { version: '0.9.0', integrity: 'sha512-a' } }],
    ['a package has other content', { 'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' } }],
  ] as const) {
    it(`install the packages first when ${what}`, async () => {
      if (packages) await installed(packages);
      const { stdout, stderr } = await run();
      assert.match(stderr, /Installing the npm packages .*\nnpm ci /);
      assert.equal(stdout, 'the command ran\n');
    });
  }
});
