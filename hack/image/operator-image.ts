import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandMissing, run } from '../tools/run.ts';
import { writeImageArchive, type ImageEntry } from './archive.ts';
import { operatorFiles, packageFiles } from './files.ts';
import { accounts, librariesOf } from './host-files.ts';
import { kubernetesClient } from './kubernetes-client.ts';
import { operatorCommand } from './operator-command.ts';
import { writeTree } from './tree.ts';

/** The name that the chart uses where there is no registry. */
export const operatorImage = { repository: 'local/sp-agent', tag: 'dev' };

/** The user of distroless images, by number, so that `runAsNonRoot` can be checked. */
const operatorUser = 65532;

const root = join(import.meta.dirname, '..', '..');

/** Writes the operator's image from this checkout, with the Node.js that runs this, as a docker-save archive. */
export async function writeOperatorImage(output: string): Promise<void> {
  await writeImageArchive({
    output,
    reference: `${operatorImage.repository}:${operatorImage.tag}`,
    layers: await operatorLayers(),
    config: {
      Entrypoint: ['/usr/local/bin/node', ...operatorCommand.words],
      Env: Object.entries(operatorCommand.environment).map(([name, value]) => `${name}=${value}`),
      User: `${operatorUser}:${operatorUser}`,
      WorkingDir: '/app',
    },
  });
}

/** Writes the files of the operator's image into a folder, for the Dockerfile. */
export async function writeOperatorTree(directory: string): Promise<void> {
  await writeTree(directory, (await operatorLayers()).flat());
}

/** Node.js and nothing else of a system; packages; the operator. */
async function operatorLayers(): Promise<ImageEntry[][]> {
  const fromCheckout = (path: string) => ({ path: `/app/${path}`, file: join(root, path), mode: 0o644 });
  const system = [
    { path: '/usr/local/bin/node', content: await strippedNode(), mode: 0o755 },
    ...(await librariesOf(process.execPath)),
    ...accounts('sp-agent', operatorUser),
    { path: '/tmp', directory: true, mode: 0o1777 } as const,
  ];
  const packages = [...packageFiles(root).map(fromCheckout), await kubernetesClient(root)];
  return [system, packages, operatorFiles(root).map(fromCheckout)];
}

/** This Node.js without the names of its functions, which debuggers read: a seventh of its size. */
async function strippedNode(): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'strip-'));
  try {
    const file = join(directory, 'node');
    await run(['strip', '-o', file, process.execPath], { timeoutSeconds: 60 });
    return await readFile(file);
  } catch (error) {
    // On a machine without binutils the image is larger.
    if (error instanceof CommandMissing) return await readFile(process.execPath);
    throw error;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
