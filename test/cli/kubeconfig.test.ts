import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandList } from '../../operator/cli/command-list.ts';
import { spagent } from '../support/cli.ts';
import { assertGolden } from '../support/golden.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';

const config = (currentContext: string) => `
clusters: [{name: a, cluster: {server: 'https://127.0.0.1:1'}}]
users: [{name: u, user: {}}]
contexts: [{name: a, context: {cluster: a, user: u}}, {name: b, context: {cluster: gone, user: u}}]
current-context: ${currentContext}
`;

describe('a kubeconfig that cannot be used', () => {
  let directory: string;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
    await mkdir(join(directory, 'home'));
    environment = { HOME: process.env['HOME'], KUBECONFIG: process.env['KUBECONFIG'] };
    process.env['HOME'] = join(directory, 'home');
    for (const [name, text] of [
      ['good', config('a')],
      ['dangling', config('gone')],
      ['unset', config('""')],
      ['empty', ''],
      ['broken', '{'],
    ] as const)
      await writeFile(join(directory, name), text);
  });
  beforeEach(() => delete process.env['KUBECONFIG']);
  after(async () => {
    Object.assign(process.env, environment);
    if (environment['KUBECONFIG'] === undefined) delete process.env['KUBECONFIG'];
    await rm(directory, { recursive: true });
  });

  const noteOf = async (...words: string[]) => (await spagent(...words)).note.replaceAll(directory, '');

  it('is reported in the words of kubectl', async () => {
    const file = (name: string) => join(directory, name);
    const cases: readonly (readonly [string, readonly string[], string?])[] = [
      ['no kubeconfig', []],
      ['KUBECONFIG names no file that exists', [], file('nowhere')],
      ['an empty file', ['--kubeconfig', file('empty')]],
      ['a file that does not exist', ['--kubeconfig', file('nowhere')]],
      ['a file that is not YAML', ['--kubeconfig', file('broken')]],
      ['a directory', ['--kubeconfig', file('home')]],
      ['an unknown --context', ['--kubeconfig', file('good'), '--context', 'x']],
      ['an unknown current context', ['--kubeconfig', file('dangling')]],
      ['no current context', ['--kubeconfig', file('unset')]],
      ['a context of an unknown cluster', ['--kubeconfig', file('good'), '--context', 'b']],
    ];
    let text = '';
    for (const [title, words, variable] of cases) {
      if (variable !== undefined) process.env['KUBECONFIG'] = variable;
      text += `# ${title}\n${await noteOf('status', ...words)}`;
      delete process.env['KUBECONFIG'];
    }
    assertGolden(new URL('../golden/cli/kubeconfig-errors.txt', import.meta.url), text);
  });

  it('leaves out files of KUBECONFIG that do not exist, and merges the others, as kubectl does', async () => {
    await using server = await kubeconfigOf(1);
    process.env['KUBECONFIG'] = [join(directory, 'nowhere'), join(directory, 'unset'), server.file].join(':');
    assert.match(await noteOf('status', '--context', 'x'), /the API server cannot be reached/);
    assert.match(await noteOf('status', '--context', 'a'), /the API server cannot be reached/);
  });

  const argumentsOf: Readonly<Record<string, readonly string[]>> = {
    deploy: ['--selector', 'app=checkout', '--backend', 'http://backend.shop'],
    undo: ['--yes'],
  };
  for (const { usage } of commandList) {
    const [name = '', argument] = usage.split(' ');
    it(`is reported by \`spagent ${name}\`, if that talks to a cluster`, async () => {
      const help = await readFile(new URL(`../golden/cli/spagent-${name}.txt`, import.meta.url), 'utf8');
      if (!help.includes('--kubeconfig')) return;
      const words = [name, ...(argument?.startsWith('<') ? ['checkout'] : []), ...(argumentsOf[name] ?? [])];
      assert.match(
        await noteOf(...words),
        /^error: invalid configuration: no configuration has been provided; give --kubeconfig and --context, or set KUBECONFIG$/m,
      );
    });
  }
});
