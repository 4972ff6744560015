/** `npm run check`: types, lint, format, layers, unused code and generated files, all at once. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../operator/api/errors.ts';
import { run } from './tools/run.ts';

const bin = (name: string, ...args: string[]): [string, ...string[]] => [
  process.execPath,
  join('node_modules', '.bin', name),
  ...args,
];

const generator = join('hack', 'generate', 'main.ts');
const steps: Record<string, [string, ...string[]]> = {
  types: bin('tsc', '-p', '.'),
  lint: bin('eslint', '.'),
  format: bin('prettier', '--check', '.'),
  layers: bin('depcruise', 'operator', 'hack', 'test', 'filter/assembly'),
  unused: bin('knip'),
  // The compiler knows AssemblyScript's types; TypeScript finds what is declared and not used.
  filter: bin(
    'asc',
    ...['assembly/index.ts', '--baseDir', 'filter', '--config', 'asconfig.json'],
    ...['--noEmit', '--optimizeLevel', '0', '--shrinkLevel', '0'],
  ),
  'filter locals': bin('tsc', '-p', 'filter'),
  page: bin('tsc', '-p', 'operator/backend/page/client'),
  ...(existsSync(generator) ? { generated: [process.execPath, generator, '--check'] } : {}),
};

const results = await Promise.all(
  Object.entries(steps).map(async ([name, command]) => {
    const started = performance.now();
    const failure = await run(command, { timeoutSeconds: 300 }).then(() => undefined, messageOf);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${failure ? 'FAILED' : 'ok    '} ${name} (${seconds} s)`);
    return failure;
  }),
);
const failures = results.filter((failure) => failure !== undefined);
for (const failure of failures) console.error(`\n${failure}`);
process.exitCode = failures.length === 0 ? 0 : 1;
