import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';

const scripts: readonly (readonly [string, string, readonly string[], RegExp])[] = [
  ['npm test', 'hack/test.ts', ['frob'], /Allowed choices are unit, filter, browser, cluster, mesh/],
  ['npm run check', 'hack/check/main.ts', ['frob'], /Allowed choices are lint, format, types/],
  ['npm run tools', 'hack/tools/main.ts', ['--frob'], /unknown option '--frob'/],
  ['npm run cluster', 'hack/cluster/main.ts', ['--nodes', 'abc'], /give a number from 0 to 999/],
  ['npm run image', 'hack/image/main.ts', [], /required option '--output <path>'/],
  ['npm run generate', 'hack/generate/main.ts', ['--frob'], /unknown option '--frob'/],
];

function run(script: string, words: readonly string[]) {
  return new Promise<{ code: unknown; out: string; note: string }>((resolve) => {
    execFile(process.execPath, [script, ...words], (error, out, note) => {
      resolve({ code: error?.code ?? 0, out, note });
    });
  });
}

describe('the command line of', () => {
  for (const [name, script, wrong, message] of scripts) {
    it(`${name} has help, and ends with code 2 and one line when it is wrong`, async () => {
      const help = await run(script, ['--help']);
      assert.ok(help.out.startsWith(`Usage: ${name} -- [options]`), help.out);
      assert.equal(help.code, 0);
      const { code, out, note } = await run(script, wrong);
      assert.match(note, message);
      assert.match(note, /^error: .*\n$/);
      assert.deepEqual([code, out], [2, '']);
    });
  }
});
