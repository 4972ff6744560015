import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { whyNoRegistry } from '../../hack/tools/docker-registry.ts';
import { tool } from '../../hack/tools/tool.ts';
import { pullModule } from '../../operator/artifact/oci/pull.ts';
import { pushModule } from '../../operator/artifact/oci/push.ts';
import { checkSignatures } from '../../operator/artifact/signatures/check-signatures.ts';
import { moduleOf } from '../support/operator.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { withRegistry } from '../support/registry-client.ts';

const bytes = moduleOf('/ok-cosign');
const bytesMax = 1024 * 1024;
/** No server beside the registry is asked. */
const offline = ['--use-signing-config=false', '--tlog-upload=false'];

describe('cosign', () => {
  let directory: string;
  let owner: string;
  let stranger: string;
  before(async function () {
    directory = await mkdtemp(join(tmpdir(), 'cosign-'));
    if (whyNoRegistry() !== undefined) this.skip();
    [owner, stranger] = [await makeKeys('owner'), await makeKeys('stranger')];
  });
  after(() => rm(directory, { recursive: true, force: true }));

  const cosign = async (...words: string[]) => {
    const environment = { COSIGN_PASSWORD: 'x', SSL_CERT_FILE: join(directory, 'ca.pem'), HOME: directory };
    await promisify(execFile)(await tool('cosign'), words, {
      cwd: directory,
      env: { PATH: process.env['PATH'], ...environment },
    });
  };

  async function makeKeys(name: string): Promise<string> {
    await cosign('generate-key-pair', '--output-key-prefix', name);
    return readFile(join(directory, `${name}.pub`), 'utf8');
  }

  /** Pulls the module as the operator does where a spec names these keys. */
  const pullSigned = (registry: TestRegistry, keys: readonly string[]) =>
    withRegistry(registry, {}, (client) =>
      pullModule(
        client,
        { tag: '1', digest: undefined },
        {
          bytesMax,
          check: (manifest) =>
            checkSignatures(client, manifest, { signers: [{ keys: [...keys] }], trustedRoot: undefined }),
        },
      ),
    );

  for (const [form, flags] of [
    ['a bundle that refers to the image', []],
    ['a simple signature under the tag of the image', ['--new-bundle-format=false']],
  ] as const) {
    it(`signs a module with ${form}, which its key alone verifies`, async () => {
      await using registry = await startRegistry();
      await writeFile(join(directory, 'ca.pem'), registry.certificate);
      const module = { bytes, abi: '0_2_1', fileName: 'filter.wasm' };
      const manifest = await withRegistry(registry, {}, (client) => pushModule(client, '1', module));
      await assert.rejects(pullSigned(registry, [owner]), { reason: 'SignatureMissing' });
      const image = `${registry.host}/acme/filter@sha256:${manifest}`;
      await cosign('sign', '--key', 'owner.key', ...offline, ...flags, image);
      assert.equal(hash('sha256', await pullSigned(registry, [owner])), hash('sha256', bytes));
      await assert.rejects(pullSigned(registry, [stranger]), {
        reason: 'SignatureInvalid',
        message: /none of the keys made it/,
      });
    });
  }
});
