import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the operator's image takes from the checkout, as glob patterns. */
const projectFiles = ['package.json', 'LICENSE', 'operator/**', 'filter/**'];

/**
 * What packages bring for people, type checkers and browsers, the programs of binaryen, which the compiler uses as a library, addons for
 * another runtime than Node.js, and what kubernetes-client.ts writes instead. The operator reads none of it.
 */
const unread = new RegExp(
  [
    String.raw`\.(map|md|d\.ts|d\.mts|d\.cts)$`,
    String.raw`^node_modules/(binaryen/bin|bare-[^/]+/prebuilds|zod/src|bintrees/test|protobufjs/dist|@kubernetes/client-node/dist|@cyclonedx/cyclonedx-library/(dist\.web|res|src))/`,
  ].join('|'),
);

interface LockedPackage {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

/** Folders of the packages that the operator needs at run time, as package-lock.json marks them. */
function productionPackages(root: string): string[] {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  return (
    Object.entries(lock.packages)
      .filter(([path, { dev, devOptional }]) => path !== '' && !dev && !devOptional)
      .map(([path]) => path)
      // Node.js has a layer of its own; types have no code.
      .filter((path) => !/(^|\/)node_modules\/(node|@types\/[^/]+)$/.test(path))
  );
}

function filesBelow(root: string, pattern: string): string[] {
  return globSync(pattern, { cwd: root, exclude: (name) => name === 'node_modules' }).filter((path) =>
    statSync(join(root, path)).isFile(),
  );
}

/** Paths below the checkout of the operator's own files. */
export function operatorFiles(root: string): string[] {
  return projectFiles.flatMap((pattern) => filesBelow(root, pattern));
}

/** Paths below the checkout of the files of the packages that the operator needs. */
export function packageFiles(root: string): string[] {
  return productionPackages(root)
    .flatMap((path) =>
      globSync(`${path}/**`, { cwd: root, exclude: [`${path}/node_modules`] }).filter(
        (file) => !unread.test(file) && statSync(join(root, file)).isFile(),
      ),
    )
    .sort();
}
