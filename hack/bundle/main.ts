import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commandLine } from '../command-line.ts';
import { bundleCommandLine } from './bundle.ts';

commandLine('npm run bundle', 'Writes spagent as one file, for Node 22 and later, to dist/spagent').parse();

const file = await bundleCommandLine(join(import.meta.dirname, '..', '..', 'dist', 'spagent'));
console.log(`dist/spagent/spagent.mjs  ${(await stat(file)).size} bytes`);
