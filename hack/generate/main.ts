import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { commandLine } from '../command-line.ts';
import { renderChartReadme } from './chart-readme.ts';
import { renderCrd, renderRevisionCrd } from './crd.ts';
import { renderReference } from './reference.ts';
import { renderSbomPackages } from './sbom-packages.ts';
import { renderUnknownFieldsPolicy } from './unknown-fields-policy.ts';

const root = new URL('../../', import.meta.url);

const generated: Readonly<Record<string, () => string>> = {
  'crds/softprobe.ai_spagents.yaml': renderCrd,
  'crds/softprobe.ai_spagentrevisions.yaml': renderRevisionCrd,
  'crds/unknown-fields-policy.yaml': renderUnknownFieldsPolicy,
  'docs/reference.md': renderReference,
  'charts/README.md': renderChartReadme,
  'operator/cli/sbom/packages.json': renderSbomPackages,
};

function staleFiles(): string[] {
  return Object.entries(generated)
    .filter(([path, render]) => {
      const file = new URL(path, root);
      return !existsSync(file) || readFileSync(file, 'utf8') !== render();
    })
    .map(([path]) => path);
}

const { check } = commandLine(
  'npm run generate',
  'Makes the files that come from others: the CRDs and the reference from operator/api, the README of the chart from its values, versions of packages from package-lock.json',
)
  .option('--check', 'write nothing; fail if a file is stale')
  .parse()
  .opts<{ check?: boolean }>();

const stale = staleFiles();
if (check && stale.length > 0) {
  console.error(`stale: ${stale.join(', ')}; run "npm run generate" and commit the result`);
  process.exit(1);
}
for (const path of stale) {
  writeFileSync(new URL(path, root), generated[path]?.() ?? '');
  console.log(`wrote ${path}`);
}
