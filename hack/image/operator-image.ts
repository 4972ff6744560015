import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { writeImageArchive } from './archive.ts';
import { operatorFiles, packageFiles } from './files.ts';
import { accounts, certificateAuthorities, librariesOf } from './host-files.ts';
import { operatorCommand } from './operator-command.ts';

/** The name that the chart uses where there is no registry. */
export const operatorImage = { repository: 'local/sp-agent', tag: 'dev' };

/** The user of distroless images, by number, so that `runAsNonRoot` can be checked. */
const operatorUser = 65532;

const root = join(import.meta.dirname, '..', '..');

/** Writes the operator's image from this checkout, with the Node.js that its packages bring, as a docker-save archive. */
export async function writeOperatorImage(output: string): Promise<void> {
  const node = await realpath(join(root, 'node_modules', '.bin', 'node'));
  const fromCheckout = (path: string) => ({ path: `/app/${path}`, file: join(root, path), mode: 0o644 });
  const system = [
    { path: '/usr/local/bin/node', file: node, mode: 0o755 },
    ...(await librariesOf(node)),
    ...accounts('sp-agent', operatorUser),
    certificateAuthorities,
    { path: '/tmp', directory: true, mode: 0o1777 } as const,
  ];
  await writeImageArchive({
    output,
    reference: `${operatorImage.repository}:${operatorImage.tag}`,
    layers: [system, packageFiles(root).map(fromCheckout), operatorFiles(root).map(fromCheckout)],
    config: {
      Entrypoint: ['/usr/local/bin/node', ...operatorCommand.words],
      Env: Object.entries(operatorCommand.environment).map(([name, value]) => `${name}=${value}`),
      User: `${operatorUser}:${operatorUser}`,
      WorkingDir: '/app',
    },
  });
}
