import { connect, type ClusterOptions } from '../cluster-command.ts';
import { withGivenFile } from '../given-file.ts';
import type { Terminal } from '../terminal.ts';

interface BundleOptions extends ClusterOptions {
  readonly allNamespaces?: boolean;
  readonly file?: string;
}

export async function run(terminal: Terminal, options: BundleOptions): Promise<void> {
  await using connection = await connect(terminal, options);
  const { collect } = await import('../support-bundle/collect.ts');
  const { writeArchive } = await import('../support-bundle/archive.ts');
  const folder = `spagent-support-${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}`;
  const file = options.file ?? `${folder}.tar.gz`;
  const files = await collect(connection, options.allNamespaces ? undefined : connection.namespace);
  const remedy = 'give another --file, which does not exist yet';
  await withGivenFile(`--file ${file}`, () => writeArchive(file, folder, files), remedy);
  terminal.out(`${file}\n`);
  terminal.note(`${files.length} files; look through them before you give them away\n`);
}
