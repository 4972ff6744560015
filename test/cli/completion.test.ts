import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { spagent } from '../support/cli.ts';

describe('spagent completion', () => {
  it('runs the function of bash in zsh', async () => {
    const [bash, zsh] = await Promise.all([spagent('completion', 'bash'), spagent('completion', 'zsh')]);
    assert.equal(zsh.out, `autoload -U +X bashcompinit && bashcompinit\n${bash.out}`);
  });

  it('completes commands with their summaries, and the flags of each, in fish', async () => {
    const { out } = await spagent('completion', 'fish');
    assert.match(out, /^complete -c spagent -n __fish_use_subcommand -a status -d 'List agents, .*'$/m);
    assert.match(out, /^complete -c spagent -n '__fish_seen_subcommand_from status' -l watch$/m);
    assert.match(out, /^complete -c spagent -n '__fish_seen_subcommand_from status' -s w$/m);
  });

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
