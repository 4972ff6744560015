import { readFileSync } from 'node:fs';

/** The compiler, and the packages whose code a module may have. */
const names = ['@solo-io/proxy-runtime', 'assemblyscript', 'binaryen'];

interface LockedPackage {
  readonly version: string;
  readonly license: string;
  readonly integrity: string;
}

/** What `spagent build --sbom` says of packages: package-lock.json has it, which is no part of an installed spagent. */
export function renderSbomPackages(): string {
  const text = readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8');
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };
  const entries = names.map((name) => {
    const locked = packages[`node_modules/${name}`];
    if (!locked)
      throw new Error(`package-lock.json has no ${name}; correct the list of hack/generate/sbom-packages.ts`);
    const { version, license, integrity } = locked;
    return [name, { version, license: license.trim(), integrity }];
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}
