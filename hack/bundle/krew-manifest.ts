import { hash } from 'node:crypto';
import { dump } from 'js-yaml';
import projectPackage from '../../package.json' with { type: 'json' };
import { nodeMin } from './package-code.ts';

/** Name of the plug-in, and by krew's rule of the manifest's file. */
export const krewPlugin = 'spagent';

interface PublishedArchive {
  /** Where it can be downloaded. */
  readonly url: string;
  readonly bytes: Uint8Array;
}

/** The manifest by which krew installs `kubectl spagent` from the package's archive. */
export function krewManifest({ url, bytes }: PublishedArchive): string {
  const { version, description } = projectPackage;
  return dump({
    apiVersion: 'krew.googlecontainertools.github.com/v1alpha2',
    kind: 'Plugin',
    metadata: { name: krewPlugin },
    spec: {
      version: `v${version}`,
      shortDescription: 'Roll out and inspect the SP Agent filter',
      description: `${description}. It builds and tests filters on your machine, and shows, rolls out and undoes them in a cluster.`,
      caveats: `It runs in Node.js ${nodeMin} or later, which must be in your PATH as node.`,
      platforms: [
        {
          selector: { matchExpressions: [{ key: 'os', operator: 'In', values: ['darwin', 'linux'] }] },
          uri: url,
          sha256: hash('sha256', bytes),
          // npm packs everything below this folder.
          files: [{ from: 'package/*', to: '.' }],
          bin: 'spagent.mjs',
        },
      ],
    },
  });
}
