import assert from 'node:assert/strict';
import { commandList } from '../../operator/cli/command-list.ts';
import { spagent } from '../support/cli.ts';
import { assertGolden } from '../support/golden.ts';

const commands = commandList.map(({ usage }) => usage.replace(/ .*/, ''));

describe('spagent --help', () => {
  for (const words of [[], ...commands.map((command) => [command])]) {
    const name = ['spagent', ...words].join('-');
    it(`of ${name.replace('-', ' ')} equals its golden file`, async () => {
      const { code, out } = await spagent(...words, '--help');
      assert.equal(code, 0);
      assertGolden(new URL(`../golden/cli/${name}.txt`, import.meta.url), out);
    });
  }

  it('of `help` names the options of a command, as its --help does', async () => {
    assert.deepEqual(await spagent('help', 'status'), await spagent('status', '--help'));
    assert.deepEqual(await spagent('help'), await spagent('--help'));
    assert.equal((await spagent('help', 'frobnicate')).code, 2);
  });
});
