/**
 * Runs test files with mocha in this process and writes what came of them to a file, as JSON. Child of hack/test.ts.
 * Usage: node hack/test-level.ts RESULT.json GREP|'' TIMEOUT_MS RETRIES FILE...
 */
import Mocha from 'mocha';
import { writeFileSync } from 'node:fs';

export interface LevelResult {
  passed: number;
  /** Full titles, each with the beginning of what went wrong. */
  failed: string[];
  /** The same, of those that passed when they ran again. */
  repeated: string[];
  /** Full titles, which say why. */
  skipped: string[];
}

const [resultFile, grep, timeout, retries, ...files] = process.argv.slice(2);
if (!resultFile || files.length === 0)
  throw new Error('usage: test-level RESULT.json GREP TIMEOUT_MS RETRIES FILE...');

const mocha = new Mocha({
  reporter: 'spec',
  color: Boolean(process.stdout.isTTY),
  timeout: Number(timeout),
  retries: Number(retries),
  forbidOnly: Boolean(process.env['CI']),
  ...(grep ? { grep } : {}),
});
for (const file of files) mocha.addFile(file);
await mocha.loadFilesAsync();

const summary = (test: Mocha.Runnable, { message }: Error) =>
  `${test.fullTitle()}: ${message.split('\n', 1)[0]}`;

const result: LevelResult = { passed: 0, failed: [], repeated: [], skipped: [] };
mocha
  .run(() => {
    writeFileSync(resultFile, JSON.stringify(result));
    // What a failed test left open must not keep the run from ending.
    process.exit(result.failed.length === 0 ? 0 : 1);
  })
  .on('pass', () => result.passed++)
  .on('fail', (test, error) => result.failed.push(summary(test, error)))
  .on('retry', (test, error) => {
    result.repeated.push(summary(test, error));
    console.log(`    failed and runs again: ${test.fullTitle()}\n${error.stack ?? error}`);
  })
  .on('pending', (test) => result.skipped.push(test.fullTitle()));
