/** The compiler, as it runs in a sandbox: on files in memory alone. */
import asc, { type Transform } from 'assemblyscript/asc';
import { posix } from 'node:path';
import { plainText } from '../../api/plain-text.ts';
import type { SandboxAnswer } from '../sandbox/job.ts';
import { callIndirectly } from './indirect-calls.ts';
import type { CompileJob } from './job.ts';
import { RootIdTransform } from './root-id.ts';
import { staticText } from './static-text.ts';

const outputFile = 'filter.wasm';
const messageBytesMax = 4096;

/** The header is an outcome of `compile.ts`. */
export async function runCompiler({ arguments: given, files, isTuned }: CompileJob): Promise<SandboxAnswer> {
  const paths = Object.keys(files);
  let bytes: Uint8Array | undefined;
  const { error, stderr } = await asc.main([...given, '--outFile', outputFile], {
    stdout: asc.createMemoryStream(),
    stderr: asc.createMemoryStream(),
    transforms: [(isTuned ? staticText : new RootIdTransform()) as Transform],
    readFile: (name, base) => files[posix.join(base, name)] ?? null,
    listFiles: (directory, base) => {
      const wanted = posix.join(base, directory);
      return paths.filter((path) => posix.dirname(path) === wanted).map((path) => posix.basename(path));
    },
    writeFile: (name, contents) => {
      if (name === outputFile && typeof contents !== 'string') bytes = contents;
    },
  });
  if (!bytes || error) {
    return { header: { result: 'Refused', message: forPeople(stderr?.toString() || String(error)) } };
  }
  const body = isTuned ? callIndirectly(bytes) : bytes;
  // A copy of its own, which can be handed over.
  return { header: { result: 'Compiled' }, body: Uint8Array.from(body) };
}

/** `file.ts(3,1)` → `file.ts:3:1`; the first messages of many. */
function forPeople(message: string): string {
  // The compiler repeats the source's line with each error, however long it is.
  const lines = message.split('\n', 400).map((line) => plainText(line, 300));
  const text = lines
    .join('\n')
    .trim()
    .replace(/\n*FAILURE [^\n]*$/, '')
    .replace(/ in (\S+\.ts)\((\d+),(\d+)\)/g, ' in $1:$2:$3');
  return plainText(text, messageBytesMax);
}
