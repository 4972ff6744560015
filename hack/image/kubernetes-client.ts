import { build } from 'esbuild';
import { join } from 'node:path';
import type { ImageEntry } from './archive.ts';

const directory = 'node_modules/@kubernetes/client-node/dist';

/** What the operator imports of the Kubernetes client. */
export const importedNames = ['HttpMethod', 'KubeConfig', 'RequestContext'];

/**
 * The Kubernetes client as one file with what the operator imports. All of it is 25 MB, most of which are comments of methods that
 * nothing calls; and its index loads every file.
 * @param root of the checkout.
 */
export async function kubernetesClient(root: string): Promise<ImageEntry> {
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: {
      contents: `export { ${importedNames.join(', ')} } from './${directory}/index.js';`,
      resolveDir: root,
    },
    bundle: true,
    write: false,
    // The packages that it needs lie beside it.
    packages: 'external',
    platform: 'node',
    format: 'esm',
    minifyWhitespace: true,
    minifySyntax: true,
    logLevel: 'error',
  });
  return { path: join('/app', directory, 'index.js'), content: outputFiles[0]?.text ?? '' };
}
