import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runSpagent, spagent } from '../support/cli.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';

describe('the connection of spagent to the cluster', () => {
  let server: Server;
  let requests: IncomingMessage[];
  let answers: boolean;
  let kubeconfig: Awaited<ReturnType<typeof kubeconfigOf>>;
  beforeEach(async () => {
    [requests, answers] = [[], true];
    server = createServer((request, response) => {
      requests.push(request);
      if (answers)
        response.setHeader('content-type', 'application/json').end('{"metadata": {}, "items": []}');
      else server.emit('asked');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    kubeconfig = await kubeconfigOf((server.address() as AddressInfo).port);
  });
  afterEach(async () => {
    await kubeconfig[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
  });

  const status = (...words: string[]) => spagent('status', '--kubeconfig', kubeconfig.file, ...words);

  it('impersonates the user of --as', async () => {
    const { code, note } = await status('--as', 'jane');
    assert.equal(code, 0, note);
    assert.equal(requests[0]?.headers['impersonate-user'], 'jane');
  });

  it('uses the context of --context', async () => {
    assert.equal((await status('--context', 'x')).code, 0);
    const { code, note } = await status('--context', 'other');
    assert.match(note, /^error: .*context "other" does not exist/);
    assert.equal(code, 1);
  });

  it('ends a request on Ctrl-C, with code 130 and no error', async () => {
    answers = false;
    const interrupt = new AbortController();
    server.once('asked', () => interrupt.abort());
    const result = await runSpagent(interrupt.signal, 'status', '--kubeconfig', kubeconfig.file);
    assert.deepEqual(result, { code: 130, out: '', note: 'interrupted\n' });
  });
});
