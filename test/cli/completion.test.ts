import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { spagent } from '../support/cli.ts';
import { assertGolden } from '../support/golden.ts';

describe('spagent completion', () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    it(`for ${shell} equals its golden file`, async () => {
      const { code, out } = await spagent('completion', shell);
      assert.equal(code, 0);
      assertGolden(new URL(`../golden/cli/completion-${shell}.txt`, import.meta.url), out);
    });
  }

  it('completes commands, and the flags of each, in bash', async () => {
    const { out } = await spagent('completion', 'bash');
    const complete = async (...words: string[]) => {
      const script = `${out}\nCOMP_WORDS=(${words.join(' ')})\nCOMP_CWORD=${words.length - 1}\n_spagent\necho "\${COMPREPLY[@]}"`;
      return (await promisify(execFile)('bash', ['-c', script])).stdout.trim();
    };
    assert.equal(await complete('spagent', 'sta'), 'status');
    assert.equal(await complete('spagent', 'status', '--w'), '--watch');
  });
});
