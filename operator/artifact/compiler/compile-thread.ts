/** Thread in which the compiler runs, on files in memory alone. */
import asc, { type Transform } from 'assemblyscript/asc';
import { posix } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { CompileOutcome } from './compile-protocol.ts';
import { callIndirectly } from './indirect-calls.ts';
import type { CompileJob } from './job.ts';
import { staticText } from './static-text.ts';

const outputFile = 'filter.wasm';
const job = workerData as CompileJob;
const paths = Object.keys(job.files);

let bytes: Uint8Array | undefined;
const { error, stderr } = await asc.main([...job.arguments, '--outFile', outputFile], {
  stdout: asc.createMemoryStream(),
  stderr: asc.createMemoryStream(),
  transforms: job.isTuned ? [staticText as Transform] : [],
  readFile: (name, base) => job.files[posix.join(base, name)] ?? null,
  listFiles: (directory, base) => {
    const wanted = posix.join(base, directory);
    return paths.filter((path) => posix.dirname(path) === wanted).map((path) => posix.basename(path));
  },
  writeFile: (name, contents) => {
    if (name === outputFile && typeof contents !== 'string') bytes = contents;
  },
});
const outcome: CompileOutcome =
  bytes && !error
    ? { result: 'Compiled', bytes: job.isTuned ? callIndirectly(bytes) : bytes }
    : { result: 'Refused', message: stderr?.toString() || String(error) };
parentPort?.postMessage(outcome);
