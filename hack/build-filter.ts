/** `npm run build:filter`: compiles the bundled filter to dist/filter/sp_agent.wasm, with its SHA-256 beside it. */
import { hash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compile } from '../operator/artifact/compiler/compile.ts';
import { bundledJob } from '../operator/artifact/compiler/job.ts';

const directory = join(import.meta.dirname, '..', 'dist', 'filter');
const module = await compile(await bundledJob({ optimize: 3, debug: false }));
const digest = hash('sha256', module);

await mkdir(directory, { recursive: true });
await writeFile(join(directory, 'sp_agent.wasm'), module);
// The form that `sha256sum --check` reads.
await writeFile(join(directory, 'sp_agent.wasm.sha256'), `${digest}  sp_agent.wasm\n`);
console.log(`dist/filter/sp_agent.wasm  ${module.length} bytes  sha256 ${digest}`);
