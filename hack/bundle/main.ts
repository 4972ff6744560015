import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { commandLine } from '../command-line.ts';
import { krewManifest, krewPlugin } from './krew-manifest.ts';
import { packArchive } from './pack.ts';
import { writePackage } from './write-package.ts';

const { releaseUrl } = commandLine(
  'npm run bundle',
  'Writes the package spagent, for Node 22 and later, to dist/spagent, and its archive beside it',
)
  .option('--release-url <url>', 'folder where the archive is published: writes a manifest for krew too')
  .parse()
  .opts<{ releaseUrl?: string }>();

const root = join(import.meta.dirname, '..', '..');
const dist = join(root, 'dist');
const program = await writePackage(join(dist, 'spagent'));
const archive = await packArchive(join(dist, 'spagent'), dist);
const written = [program, archive];
if (releaseUrl !== undefined) {
  const manifest = join(dist, `${krewPlugin}.yaml`);
  const url = `${releaseUrl.replace(/\/$/, '')}/${basename(archive)}`;
  await writeFile(manifest, krewManifest({ url, bytes: await readFile(archive) }));
  written.push(manifest);
}
for (const file of written) console.log(`${relative(root, file)}  ${(await stat(file)).size} bytes`);
