#!/usr/bin/env node
// JavaScript, so that a Node that cannot run TypeScript can still read what is missing.
import nodeModule from 'node:module';
import { join } from 'node:path';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major > 24 || (major === 24 && minor >= 3)) {
  // Loading the Kubernetes client takes half the time when its compiled code is kept.
  const { cacheDirectory } = await import('./cache-directory.ts');
  nodeModule.enableCompileCache(join(cacheDirectory(process.env), 'compiled'));
  await import('./main.ts');
} else {
  process.stderr.write(
    `error: spagent needs Node 24.3 or later, this is ${process.versions.node}; install one from https://nodejs.org, ` +
      `or use the one that npm ci installed: node_modules/.bin/node ${process.argv[1]}\n`,
  );
  process.exitCode = 1;
}
