import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { importedNames } from '../../hack/image/kubernetes-client.ts';
import { writeOperatorImage } from '../../hack/image/operator-image.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');

interface Manifest {
  readonly Config: string;
  readonly Layers: readonly string[];
}
interface ImageFile {
  readonly config: {
    readonly User: string;
    readonly Entrypoint: readonly string[];
    readonly Env: readonly string[];
    readonly WorkingDir: string;
  };
  readonly rootfs: { readonly diff_ids: readonly string[] };
}

describe("the operator's image", function () {
  // It holds a whole Node.js, and compiles the filter.
  this.timeout(300_000);

  let directory: string;
  let archive: string;
  let image: ImageFile;
  let manifest: Manifest;
  let rootFileSystem: string;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'sp-agent-image-'));
    archive = join(directory, 'image.tar');
    await writeOperatorImage(archive);
    const unpacked = join(directory, 'unpacked');
    rootFileSystem = join(directory, 'root');
    await mkdir(unpacked);
    await mkdir(rootFileSystem);
    await run('tar', ['-xf', archive, '-C', unpacked]);
    [manifest] = JSON.parse(await readFile(join(unpacked, 'manifest.json'), 'utf8')) as [Manifest];
    image = JSON.parse(await readFile(join(unpacked, manifest.Config), 'utf8')) as ImageFile;
    for (const layer of manifest.Layers) {
      await run('tar', ['-xpf', join(unpacked, layer), '-C', rootFileSystem, '--no-same-owner']);
    }
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('is started as the Dockerfile says', async () => {
    const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
    const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));
    assert.equal(/^USER (.*)$/m.exec(lastStage)?.[1], image.config.User);
    assert.deepEqual(JSON.parse(/^ENTRYPOINT (.*)$/m.exec(lastStage)?.[1] ?? ''), image.config.Entrypoint);
    assert.deepEqual(
      [...lastStage.matchAll(/^ENV (.*)$/gm)].map(([, variable]) => variable),
      image.config.Env,
    );
    assert.equal(/^WORKDIR (.*)$/m.exec(lastStage)?.[1], image.config.WorkingDir);
    const { dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
    };
    assert.equal(/^FROM node:([0-9.]+)-\S+@sha256:/m.exec(dockerfile)?.[1], dependencies['node']);
  });

  it('has the files that the command of the Dockerfile writes', async () => {
    const dockerfile = await readFile(join(root, 'Dockerfile'), 'utf8');
    const [, command = ''] = /^RUN node (.*)$/m.exec(dockerfile) ?? [];
    const folder = join(directory, 'tree');
    const words = command.split(' ').map((word) => (word === '/image' ? folder : word));
    await run(process.execPath, words, { cwd: root });
    assert.match(dockerfile, /^COPY --from=build \/image \/$/m);
    const { stdout } = await run('diff', ['--recursive', '--brief', rootFileSystem, folder]);
    assert.equal(stdout, '');
  });

  it('lets Docker see what it is built from and nothing else', async () => {
    const ignore = (await readFile(join(root, '.dockerignore'), 'utf8')).trim().split('\n');
    const wanted = ['package.json', 'package-lock.json', 'LICENSE', 'operator', 'filter', 'hack'];
    assert.deepEqual(ignore, ['*', ...wanted.map((path) => `!${path}`)]);
  });

  it('has less than 150 MB', async () => {
    const { stdout } = await run('du', ['--summarize', '--apparent-size', '--bytes', rootFileSystem]);
    const bytes = Number.parseInt(stdout, 10);
    assert.ok(bytes < 150e6, `${bytes} bytes`);
  });

  it('has all that the operator imports of the Kubernetes client', async () => {
    const sources = await readdir(join(root, 'operator'), { recursive: true });
    const texts = sources
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFile(join(root, 'operator', path), 'utf8'));
    const imports = /^import (?!type)\{([^}]*)\} from '@kubernetes\/client-node'/gm;
    const names = (await Promise.all(texts)).flatMap((text) =>
      [...text.matchAll(imports)].flatMap(([, list = '']) => list.split(',').map((name) => name.trim())),
    );
    assert.deepEqual([...new Set(names)].sort(), importedNames);
  });

  it('asks an API server', async () => {
    await using server = await startScriptedServer((_arrival, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ metadata: {}, items: [] }));
    });
    await using kubeconfig = await kubeconfigOf(server.port);
    const node = join(rootFileSystem, 'usr/local/bin/node');
    const cli = join(rootFileSystem, 'app/operator/cli/bin.mjs');
    const words = ['status', '--all-namespaces', '--kubeconfig', kubeconfig.file];
    const { stdout } = await run(node, [cli, ...words]);
    assert.match(stdout, /no SpAgent in the cluster/);
  });

  it('runs as nobody in particular', () => {
    assert.equal(image.config.User, '65532:65532');
  });

  it('has no development dependencies and no second Node.js', async () => {
    const packages = await readdir(join(rootFileSystem, 'app', 'node_modules'));
    for (const name of ['mocha', 'typescript', 'oxlint', 'fast-check', 'node']) {
      assert.ok(!packages.includes(name), name);
    }
    assert.ok(packages.includes('assemblyscript'));
    assert.ok(existsSync(join(rootFileSystem, 'app/node_modules/binaryen/index.js')));
    assert.ok(!existsSync(join(rootFileSystem, 'app/node_modules/binaryen/bin')));
    assert.ok(!existsSync(join(rootFileSystem, 'app', 'test')));
  });

  it('names its layers by their content', async () => {
    for (const [index, layer] of manifest.Layers.entries()) {
      const bytes = await readFile(join(directory, 'unpacked', layer));
      const digest = hash('sha256', bytes);
      assert.equal(image.rootfs.diff_ids[index], `sha256:${digest}`);
    }
  });

  it('is the same each time', async () => {
    const again = join(directory, 'again.tar');
    await writeOperatorImage(again);
    const [first, second] = await Promise.all([archive, again].map((path) => readFile(path)));
    assert.ok(first?.equals(second!));
    await rm(again);
  });

  describe('with a read-only root and only /tmp to write to', () => {
    before(function () {
      const canIsolate = spawnSync('unshare', ['--mount', 'true']).status === 0;
      if (process.platform !== 'linux' || process.getuid?.() !== 0 || !canIsolate) this.skip();
    });

    /** As the kubelet does it with readOnlyRootFilesystem and an emptyDir for /tmp. */
    const inside = (...words: string[]) => {
      const script = [
        'set -e',
        'mount --bind "$1" "$1"',
        'mkdir -p "$1/dev" "$1/proc"',
        'mount --rbind /dev "$1/dev"',
        'mount -t proc proc "$1/proc"',
        'mount -t tmpfs tmpfs "$1/tmp"',
        'mount -o remount,bind,ro "$1"',
        'root=$1; shift',
        'exec chroot --userspec=65532:65532 "$root" "$@"',
      ].join('\n');
      return run('unshare', ['--mount', 'sh', '-c', script, 'sh', rootFileSystem, ...words]);
    };

    it('starts', async () => {
      const [node = '', ...words] = image.config.Entrypoint;
      const flags = words.slice(0, -1);
      const { stdout } = await inside(node, ...flags, `${image.config.WorkingDir}/${words.at(-1)}`, '--help');
      assert.match(stdout, /--module-base-url/);
    });

    it('compiles the filter', async () => {
      const cli = `${image.config.WorkingDir}/operator/cli/main.ts`;
      const { stdout } = await inside('/usr/local/bin/node', cli, 'build', '-f', '/tmp/sp_agent.wasm');
      assert.match(stdout, /^[0-9a-f]{64} {2}\/tmp\/sp_agent\.wasm\n$/);
    });

    it('cannot write anywhere else', async () => {
      const write = "require('node:fs').writeFileSync('/app/x', '')";
      await assert.rejects(inside('/usr/local/bin/node', '-e', write), /EROFS|EACCES/);
    });
  });
});
