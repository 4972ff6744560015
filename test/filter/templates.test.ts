import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { tool } from '../../hack/tools/tool.ts';
import { templates } from '../../operator/cli/project/templates.ts';
import { spagent, startSpagent } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { patience } from '../support/operator.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

/** A folder of programs, among them `spagent`, as a user has in the PATH. */
async function programs(directory: string, envoy: string): Promise<string> {
  const bin = join(directory, 'bin');
  await mkdir(bin);
  const cli = join(import.meta.dirname, '..', '..', 'operator', 'cli', 'bin.mjs');
  await writeFile(join(bin, 'spagent'), `#!/bin/sh\nexec "${process.execPath}" "${cli}" "$@"\n`);
  await chmod(join(bin, 'spagent'), 0o755);
  return [bin, dirname(envoy), process.env['PATH']].join(delimiter);
}

for (const [version, executable] of [
  ['1.36', 'envoy-1.36'],
  ['1.40', 'envoy'],
] as const) {
  describe(`a filter that spagent init made, in Envoy ${version},`, () => {
    let directory: string;
    let path: string;

    before(async () => {
      directory = await mkdtemp(join(tmpdir(), 'spagent-init-'));
      path = await programs(directory, await tool(executable));
    });
    after(() => rm(directory, { recursive: true, force: true }));

    for (const template of templates) {
      it(`from the template ${template} passes its own test`, async () => {
        const project = join(directory, `from-${template}`);
        assert.equal((await spagent('init', project, '--template', template)).code, 0);
        const env = { ...process.env, PATH: path, NODE_OPTIONS: '' };
        const child = spawn(process.execPath, ['--test'], { cwd: project, env });
        let output = '';
        for (const stream of [child.stdout, child.stderr])
          stream.setEncoding('utf8').on('data', (text: string) => void (output += text));
        const [code] = (await once(child, 'exit')) as [number | null];
        assert.equal(code, 0, output);
        assert.match(output, /pass 1\n/);
      });
    }
  });
}

describe('spagent dev', () => {
  let directory: string;

  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'spagent-dev-')), 'mine');
    await spagent('init', directory);
  });
  afterEach(() => rm(dirname(directory), { recursive: true, force: true }));

  it('reloads what is saved, and keeps the last filter while source or configuration are wrong', async function () {
    this.timeout(3 * patience);
    await using upstream = await startScriptedServer((_, response) => void response.end('upstream'));
    const stop = new AbortController();
    const words = ['dev', directory, '--port', '0', '--upstream', `http://127.0.0.1:${upstream.port}`];
    const running = startSpagent({ interrupted: stop.signal }, ...words, '--envoy', await tool('envoy'));
    try {
      const url = await eventually('the URL', () => /^http:\/\/127\.0\.0\.1:\d+$/m.exec(running.out())?.[0]);
      const header = async () =>
        (await fetch(url, { headers: { connection: 'close' } })).headers.get('x-team');
      assert.equal(await header(), 'payments');

      await writeFile(join(directory, 'config.json'), '{"name": "x-team", "value": "search"}');
      await eventually('the new configuration', async () => (await header()) === 'search', patience);

      const index = join(directory, 'index.ts');
      const source = await readFile(index, 'utf8');
      await appendFile(index, 'missing();\n');
      await eventually('the error', () => running.note().includes("Cannot find name 'missing'"), patience);
      assert.equal(await header(), 'search');

      await writeFile(index, source.replace('this.filter.value)', "this.filter.value + '!')"));
      await eventually('the new source', async () => (await header()) === 'search!', patience);

      await writeFile(join(directory, 'config.json'), '{"value": "search"}');
      await eventually(
        'the refusal',
        () => running.note().includes('SP configuration refused: name: is missing'),
        patience,
      );
      await eventually('the advice', () => running.note().includes('Envoy refuses the filter'));
      assert.equal(await header(), 'search!');
    } finally {
      stop.abort();
    }
    assert.equal((await running.result).code, 0, running.note());
  });

  it('names a folder that does not exist', async () => {
    const { code, note } = await spagent(
      'dev',
      join(directory, 'nowhere'),
      '--upstream',
      'http://127.0.0.1:9',
    );
    assert.deepEqual([code, /nowhere/.test(note)], [2, true], note);
  });
});
