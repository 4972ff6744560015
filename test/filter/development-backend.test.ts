import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { tool } from '../../hack/tools/tool.ts';
import { createBackend, type Backend } from '../../operator/backend/server.ts';
import { startEnvoy, type Envoy } from '../../operator/cli/trial/envoy.ts';
import { ControlClient } from '../support/control-client.ts';
import { eventually } from '../support/eventually.ts';
import { filterModule } from '../support/filter-module.ts';
import { exchange, type Received } from '../support/http-exchange.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

const markerKey = 'SP_AGENT_TEST_MARKER_KEY';

interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string;
}

/** Listeners of one Envoy: one records without looking up, one looks up as well. */
function listener(name: 'record' | 'replay', module: string) {
  const configuration = {
    version: 1,
    backend: { cluster: 'backend', authority: 'localhost', timeoutMs: 10_000 },
    // What the filter itself leaves to upstream is not the matter of these tests.
    lookup: { enabled: name === 'replay', withBody: true, cacheRules: 'none' },
    capture: { redact: { keyEnv: markerKey } },
    save: { flushMs: 20 },
  };
  return {
    name,
    upstream: 'upstream',
    filter: {
      module,
      configuration: JSON.stringify(configuration),
      holdHeaders: true,
      hostEnvironment: [markerKey],
    },
  };
}

describe('the development backend behind the filter in a real Envoy', () => {
  const resources = new AsyncDisposableStack();
  let upstream: ScriptedServer;
  let backend: Backend;
  let envoy: Envoy;
  let turn = 0;

  before(async function () {
    this.timeout(120_000);
    upstream = resources.use(
      await startScriptedServer(({ headers, body }, response) => {
        turn += 1;
        const answer = `${turn}: ${body.toString('latin1').length} bytes`;
        const isGzip = headers['accept-encoding'] === 'gzip';
        response
          .writeHead(200, {
            'content-type': 'text/plain',
            etag: '"v1"',
            ...(isGzip ? { 'content-encoding': 'gzip', vary: 'accept-encoding' } : {}),
          })
          .end(isGzip ? gzipSync(answer) : answer);
      }),
    );
    backend = resources.use(await createBackend({ data: ':memory:', replay: 'sequence' }));
    const module = await filterModule();
    envoy = resources.use(
      await startEnvoy({
        binary: await tool('envoy'),
        listeners: [listener('record', module), listener('replay', module)],
        clusters: { upstream: upstream.port, backend: backend.port },
        environment: { [markerKey]: 'a-key-that-is-long-enough-for-markers' },
      }),
    );
  });
  after(() => resources.disposeAsync());

  // The listeners have ports of their own, which are a part of the host unless it is named.
  const send = (
    listenerName: 'record' | 'replay',
    path: string,
    { headers = {}, ...sent }: Asked,
  ): Promise<Received> =>
    exchange(`${envoy.listenerUrl(listenerName)}${path}`, {
      ...sent,
      headers: { host: 'shop.test', ...headers },
    });

  /** Sends a request that is recorded, and waits for the recording. */
  async function record(path: string, sent: Asked = {}): Promise<Received> {
    const { count } = backend.recordings;
    const received = await send('record', path, sent);
    await eventually('the recording', () => backend.recordings.count > count);
    return received;
  }

  /** What a request is answered with, when that is a replay. */
  async function replayed(path: string, sent: Asked = {}): Promise<Received | undefined> {
    const arrivals = upstream.arrivals.length;
    const { count } = backend.recordings;
    const received = await send('replay', path, sent);
    if (upstream.arrivals.length === arrivals) return received;
    // What went upstream is recorded: it must not answer the next test.
    await eventually('the recording', () => backend.recordings.count > count);
    return undefined;
  }

  it('replays to the same user only', async () => {
    const as = (user: string): Asked => ({ headers: { authorization: `Bearer ${user}` } });
    const { body } = await record('/me', as('alice'));
    assert.deepEqual((await replayed('/me', as('alice')))?.body, body);
    assert.equal(await replayed('/me', as('bob')), undefined);
    assert.equal(await replayed('/me'), undefined);
    assert.ok(!JSON.stringify([...backend.recordings.spans({})]).includes('alice'));
  });

  it('replays a POST to the same body only, and no body is a body of its own', async () => {
    const post = (body: string): Asked => ({ method: 'POST', body });
    const { body } = await record('/pay', post('alice'));
    assert.deepEqual((await replayed('/pay', post('alice')))?.body, body);
    assert.equal(await replayed('/pay', post('bob')), undefined);
    assert.equal(await replayed('/pay', { method: 'POST', headers: { 'content-length': 0 } }), undefined);
  });

  it('replays gzip only to a client that reads it', async () => {
    const gzip: Asked = { headers: { 'accept-encoding': 'gzip' } };
    const { body } = await record('/zip', gzip);
    assert.deepEqual((await replayed('/zip', gzip))?.body, body);
    assert.equal(await replayed('/zip'), undefined);
  });

  it('replays a multipart form whatever its boundary', async () => {
    const form = (boundary: string): Asked => ({
      method: 'POST',
      headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: `--${boundary}\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--${boundary}--\r\n`,
    });
    const { body } = await record('/form', form('first'));
    assert.deepEqual((await replayed('/form', form('second')))?.body, body);
  });

  it('answers 304 to a client that has the recorded response', async () => {
    await record('/tagged');
    const answer = await replayed('/tagged', { headers: { 'if-none-match': '"v1"' } });
    assert.equal(answer?.status, 304);
    assert.equal(answer.body.length, 0);
    assert.equal((await replayed('/tagged'))?.status, 200);
  });

  it('replays a poll in the order in which it was recorded', async () => {
    const recorded = [await record('/job'), await record('/job'), await record('/job')];
    const [first, second, third] = recorded.map(({ body }) => body.toString());
    const answers: (string | undefined)[] = [];
    for (let poll = 0; poll < 4; poll += 1) answers.push((await replayed('/job'))?.body.toString());
    assert.deepEqual(answers, [first, second, third, third]);
  });

  it('answers from the rules of a session', async () => {
    const control = new ControlClient(backend);
    const session = await control.create();
    await control.setRules(session, {
      when: { direction: 'outbound', path: '/pay' },
      then: {
        action: 'mock',
        response: { status: 402, headers: { 'x-mock': 'yes' }, body: '{"paid":false}' },
      },
    });
    const answer = await replayed('/pay', {
      method: 'POST',
      body: 'x',
      headers: { 'x-softprobe-session-id': session },
    });
    assert.equal(answer?.status, 402);
    assert.deepEqual(answer.all('x-mock'), ['yes']);
    assert.equal(answer.body.toString(), '{"paid":false}');
    const { body } = await control.call('GET', `/v1/sessions/${session}/stats`);
    assert.deepEqual(body['stats'], { injectedSpans: 1, extractedSpans: 0, strictMisses: 0 });
  });
});
