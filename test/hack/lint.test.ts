import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

const wait = 'const wait = async (): Promise<number> => 1;\n';
const refused: readonly (readonly [string, string, string])[] = [
  [
    'a promise that nobody waits for',
    'no-floating-promises',
    `${wait}export const start = () => { wait(); };`,
  ],
  ['a promise as a condition', 'no-misused-promises', `${wait}export const ok = () => (wait() ? 1 : 2);`],
  [
    'a switch that leaves out a case',
    'switch-exhaustiveness-check',
    "export function f(s: 'a' | 'b'): void { switch (s) { case 'a': break; } }",
  ],
  ['an error that is no Error', 'only-throw-error', "export const fail = () => { throw 'text'; };"],
  ['the current date in a pure room', 'no-current-date', 'export const now = () => new Date();'],
  ['the clock in a pure room', 'no-restricted-properties', 'export const now = () => Date.now();'],
  ['the environment in a pure room', 'no-restricted-globals', 'export const path = () => process.title;'],
  [
    'more than three parameters',
    'max-params',
    'export const f = (a = 1, b = 1, c = 1, d = 1) => a + b + c + d;',
  ],
];
const allowed = 'export const now = () => [new Date(), Date.now(), process.title];';

/** Lines of the form `file:line:column: message [severity/rule]`. */
async function lintExamples(directory: string): Promise<string[]> {
  for (const part of ['.oxlintrc.json', 'tsconfig.json', 'package.json', 'hack/lint']) {
    await cp(join(root, part), join(directory, part), { recursive: true });
  }
  await symlink(join(root, 'node_modules'), join(directory, 'node_modules'));
  for (const room of ['api', 'cluster']) await mkdir(join(directory, 'operator', room), { recursive: true });
  for (const [, rule, source] of refused) await writeFile(join(directory, pureFile(rule)), source);
  await writeFile(join(directory, effectsFile), allowed);
  const words = [join(root, 'node_modules', 'oxlint', 'bin', 'oxlint'), '--format', 'unix', 'operator'];
  return new Promise((resolve) => {
    execFile(process.execPath, words, { cwd: directory }, (_error, out) => resolve(out.split('\n')));
  });
}

const pureFile = (rule: string) => join('operator', 'api', `${rule}.ts`);
const effectsFile = join('operator', 'cluster', 'allowed.ts');

describe('the lint', () => {
  let directory: string;
  let lines: string[];
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'lint-'));
    lines = await lintExamples(directory);
  });
  after(() => rm(directory, { recursive: true }));

  for (const [what, rule] of refused) {
    it(`refuses ${what}`, () => {
      const found = lines.filter((line) => line.includes(pureFile(rule)));
      assert.match(found.join('\n'), new RegExp(`/\\S*\\(${rule}\\)\\]`));
    });
  }

  it('allows the clock where a room has effects', () => {
    assert.deepEqual(
      lines.filter((line) => line.includes(effectsFile)),
      [],
    );
  });
});
