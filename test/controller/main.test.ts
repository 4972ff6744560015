import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';

interface Ending {
  readonly code: number | string | null | undefined;
  readonly out: string;
  readonly note: string;
}

function operator(...words: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['operator/controller/main.ts', ...words], (error, out, note) => {
      resolve({ code: error ? error.code : 0, out, note });
    });
  });
}

describe('the operator as a process', () => {
  const usages: readonly (readonly [string, readonly string[], RegExp])[] = [
    ['an unknown option', ['--frob'], /^error: unknown option '--frob'\n$/],
    ['a level that there is not', ['--log-level', 'nope'], /^error: .*Allowed choices are trace, debug.*\n$/],
    ['a count out of bounds', ['--concurrency', '0'], /^error: .*give a number from 1 to 100\.\n$/],
  ];
  for (const [what, words, message] of usages) {
    it(`ends with code 2 and one line for ${what}`, async () => {
      const { code, out, note } = await operator(...words);
      assert.match(note, message);
      assert.deepEqual([code, out], [2, '']);
    });
  }

  it('ends with code 1 and one fatal line when it cannot start', async () => {
    const { code, out, note } = await operator('--kubeconfig', '/nowhere');
    assert.deepEqual([code, note], [1, '']);
    const line = JSON.parse(out) as { level: number; error: string; msg: string };
    assert.equal(line.level, 60);
    assert.match(line.error, /\/nowhere/);
    assert.equal(line.msg, 'the operator cannot start');
  });

  it('has no option that the chart does not set, but for that of the kubeconfig', async () => {
    const { out } = await operator('--help');
    const options = [...out.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, option = '']) => option);
    assert.ok(options.length > 15, out);
    const deployment = readFileSync('charts/templates/deployment.yaml', 'utf8');
    const open = options.filter((option) => !new RegExp(`- ${option}[=\n{]`).test(deployment));
    assert.deepEqual(open, ['--kubeconfig', '--help']);
  });
});
