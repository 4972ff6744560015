import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { tool } from '../../hack/tools/tool.ts';
import { startSpagent, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';
import { selfSigned } from '../../hack/cluster/self-signed.ts';

describe('spagent record and replay', () => {
  let directory: string;
  let upstream: ScriptedServer;
  let interrupt: AbortController;
  let module: string[];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'spagent-record-'));
    let answers = 0;
    upstream = await startScriptedServer(({ body }, response) => {
      answers += 1;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ answer: answers, got: String(body) }));
    });
    // Both commands would build it each time.
    const file = join(directory, 'sp_agent.wasm');
    assert.equal((await startSpagent({}, 'build', '-f', file).result).code, 0);
    module = ['--module', file];
  });
  after(async () => {
    await upstream[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  });

  const start = async (...words: string[]): Promise<RunningCli & { url: string; page: string }> => {
    interrupt = new AbortController();
    const fixed = ['--envoy', await tool('envoy'), '--port', '0', '--backend-port', '0', ...module];
    const running = startSpagent({ interrupted: interrupt.signal }, ...words, ...fixed);
    let ended = false;
    void running.result.finally(() => (ended = true));
    await eventually('it runs', () => running.out().includes('Ctrl-C') || ended);
    const of = (name: string) =>
      new RegExp(`^${name} +(\\S+)$`, 'm').exec(running.out())?.[1] ?? assert.fail(running.note());
    return { ...running, url: of('clients use'), page: of('page') };
  };
  const stop = ({ result }: RunningCli) => {
    interrupt.abort();
    return result;
  };
  const post = (url: string, body: string, headers: Record<string, string> = {}) =>
    fetch(`${url}/orders?page=1`, { method: 'POST', body, headers }).then((response) => response.text());

  for (const name of ['traffic.json', 'traffic.har']) {
    it(`answers from ${name} what was recorded in another run, on other ports, of any user`, async () => {
      const file = join(directory, name);
      const recording = await start(
        'record',
        '--upstream',
        `http://127.0.0.1:${upstream.port}`,
        '--out',
        file,
      );
      const texts = [
        await post(recording.url, 'one', { authorization: 'Bearer a' }),
        await post(recording.url, 'two'),
      ];
      const { code, note } = await stop(recording);
      assert.equal(code, 0, note);
      assert.match(note, /^2 recordings in /m);
      assert.doesNotMatch(await readFile(file, 'utf8'), /Bearer a/);

      const before = upstream.arrivals.length;
      const replaying = await start('replay', file);
      assert.deepEqual(
        [await post(replaying.url, 'one', { authorization: 'Bearer b' }), await post(replaying.url, 'two')],
        texts,
      );
      const missed = await fetch(`${replaying.url}/other`);
      assert.equal(missed.status, 404);
      assert.equal((await fetch(replaying.page)).status, 200);
      assert.match((await stop(replaying)).note, /^2 hits, 1 misses$/m);
      assert.equal(upstream.arrivals.length, before, 'nothing went upstream');
    });
  }

  it('sends what has no recording upstream where there is one, unless --strict is given', async () => {
    const file = join(directory, 'one.json');
    const to = ['--upstream', `http://127.0.0.1:${upstream.port}`];
    const recording = await start('record', ...to, '--out', file);
    await post(recording.url, 'one');
    await stop(recording);
    const open = await start('replay', file, ...to);
    assert.match(await post(open.url, 'three'), /"got":"three"/);
    await stop(open);
    const strict = await start('replay', file, ...to, '--strict');
    assert.equal((await fetch(`${strict.url}/other`)).status, 404);
    await stop(strict);
  });

  it('sends nothing to an https server whose certificate is not trusted, or is for another name', async () => {
    const trusted = getCACertificates('default');
    const certificates = {
      untrusted: await selfSigned(['IP:127.0.0.1']),
      'of another name': await selfSigned(['IP:127.0.0.2']),
      trusted: await selfSigned(['IP:127.0.0.1']),
    };
    try {
      setDefaultCACertificates([
        ...trusted,
        certificates['of another name'].certificate,
        certificates.trusted.certificate,
      ]);
      for (const [kind, { key, certificate: cert }] of Object.entries(certificates)) {
        let requests = 0;
        const server = createServer({ key, cert }, (_, response) => {
          requests += 1;
          response.end('over TLS');
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        const { port } = server.address() as AddressInfo;
        const out = join(directory, 'tls.json');
        const recording = await start('record', '--upstream', `https://127.0.0.1:${port}`, '--out', out);
        const text = await post(recording.url, 'one', { connection: 'close' });
        await stop(recording);
        server.close();
        assert.deepEqual([text === 'over TLS', requests], kind === 'trusted' ? [true, 1] : [false, 0], kind);
      }
    } finally {
      setDefaultCACertificates(trusted);
    }
  });

  it('leaves recordings that are there as they are until it ends', async () => {
    const file = join(directory, 'kept.json');
    await writeFile(file, 'an earlier recording');
    const upstreamUrl = `http://127.0.0.1:${upstream.port}`;
    const recording = await start('record', '--upstream', upstreamUrl, '--out', file);
    const present = await readFile(file, 'utf8');
    await stop(recording);
    assert.equal(present, 'an earlier recording');
  });

  it('reports files that it cannot use before anything starts', async () => {
    const empty = join(directory, 'empty.har');
    await writeFile(empty, '{"log": {"entries": []}}');
    const cases = [
      [['replay', '/nowhere'], /\/nowhere: no such file/],
      [['replay', empty], /empty\.har: holds no recordings/],
      [
        ['record', '--upstream', 'http://127.0.0.1:1', '--out', '/nowhere/x'],
        /--out \/nowhere\/x: no such file/,
      ],
      [['record', '--upstream', 'here'], /give an http or https URL/],
    ] as const;
    for (const [words, message] of cases) {
      const { code, note } = await startSpagent({}, ...words).result;
      assert.notEqual(code, 0);
      assert.match(note, message);
    }
  });
});
