import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findEnvoy } from '../../operator/cli/trial/find-envoy.ts';

describe('the Envoy of spagent test', () => {
  const { PATH, SP_AGENT_CACHE } = process.env;
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'envoy-'));
    process.env['PATH'] = join(directory, 'bin');
    process.env['SP_AGENT_CACHE'] = join(directory, 'cache');
  });
  afterEach(async () => {
    process.env['PATH'] = PATH;
    if (SP_AGENT_CACHE === undefined) delete process.env['SP_AGENT_CACHE'];
    else process.env['SP_AGENT_CACHE'] = SP_AGENT_CACHE;
    await rm(directory, { recursive: true });
  });

  async function executable(...path: string[]): Promise<string> {
    const file = join(directory, ...path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, '');
    await chmod(file, 0o755);
    return file;
  }

  it('is the given one, else that of PATH, else that of npm run tools', async () => {
    await assert.rejects(findEnvoy(undefined), /no envoy in PATH: run npm run tools/);
    const provisioned = await executable('cache', 'tools', 'envoy', 'v1.40.0', 'linux-x64-wheel', 'envoy');
    assert.equal(await findEnvoy(undefined), provisioned);
    const installed = await executable('bin', 'envoy');
    assert.equal(await findEnvoy(undefined), installed);
    assert.equal(await findEnvoy(provisioned), provisioned);
  });
});
