import assert from 'node:assert/strict';
import { spagent } from '../support/cli.ts';
import { assertGolden } from '../support/golden.ts';

const commands = [
  'build',
  'test',
  'render',
  'deploy',
  'status',
  'history',
  'pause',
  'resume',
  'restart',
  'remove',
  'logs',
  'backend',
  'doctor',
];

describe('spagent --help', () => {
  for (const words of [[], ...commands.map((command) => [command])]) {
    const name = ['spagent', ...words].join('-');
    it(`of ${name.replace('-', ' ')} is as reviewed`, async () => {
      const { code, out } = await spagent(...words, '--help');
      assert.equal(code, 0);
      assertGolden(new URL(`../golden/cli/${name}.txt`, import.meta.url), out);
    });
  }

  it('is reviewed for every command', async () => {
    const { out } = await spagent('--help');
    const listed = [...out.matchAll(/^ {2}([a-z]+) (?:\[|<)/gm)].map(([, name]) => name);
    assert.deepEqual(
      listed.filter((name) => name !== 'help'),
      commands,
    );
  });
});
