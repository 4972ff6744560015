import { goPlatform, type ToolSpec } from './spec.ts';

const version = '1.7.12';
const { os, architecture } = goPlatform;
const release = `https://github.com/rhysd/actionlint/releases/download/v${version}`;

/** What checks the workflows of GitHub: see hack/workflows. */
export const actionlint: ToolSpec = {
  name: 'actionlint',
  executable: 'actionlint',
  version: `v${version}`,
  level: 1,
  versionArguments: ['-version'],
  release: {
    url: `${release}/actionlint_${version}_${os}_${architecture}.tar.gz`,
    member: 'actionlint',
    checksumUrl: `${release}/actionlint_${version}_checksums.txt`,
  },
  goBuild: {
    module: 'actionlint',
    package: 'github.com/rhysd/actionlint/cmd/actionlint',
    variables: { 'github.com/rhysd/actionlint.version': version },
    coldSeconds: 20,
  },
};
