import assert from 'node:assert/strict';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { bodyOf, lookup, postTraces } from '../../support/backend-client.ts';
import { ControlClient } from '../../support/control-client.ts';
import { filterMessage } from '../../support/filter-span.ts';

const mock = (body: string, when: object = {}, priority?: number) => ({
  when,
  ...(priority === undefined ? {} : { priority }),
  then: { action: 'mock', response: { status: 200, headers: { 'Content-Type': 'text/plain' }, body } },
});

const inject = (backend: Backend, session: string) =>
  postTraces(backend, '/v1/inject', filterMessage({ type: 'inject', session, path: '/pay', method: 'POST' }));

describe('rules of a session of the development backend', () => {
  let backend: Backend;
  let control: ControlClient;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
    control = new ControlClient(backend);
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const mocked = async (session: string, path = '/pay') =>
    bodyOf(await lookup(backend, { session, method: 'POST', path }));

  it('answer a lookup with status, headers and body of a mock', async () => {
    const id = await control.create();
    await control.setRules(id, mock('mocked', { path: '/pay' }));
    const answer = await lookup(backend, { session: id, path: '/pay' });
    assert.equal(answer?.status, 200);
    assert.deepEqual(answer?.responseHeaders, [['content-type', 'text/plain']]);
    assert.equal(bodyOf(answer), 'mocked');
  });

  it('answer with a mock without body, and with a body of JSON', async () => {
    const id = await control.create();
    await control.setRules(id, { when: {}, then: { action: 'mock', response: { status: 204 } } });
    const empty = await lookup(backend, { session: id });
    assert.deepEqual([empty?.status, empty?.responseBody], [204, undefined]);
    await control.setRules(id, { when: {}, then: { action: 'mock', response: { body: { paid: true } } } });
    assert.equal(bodyOf(await lookup(backend, { session: id })), '{"paid":true}');
  });

  for (const [condition, right, wrong] of [
    ['direction', 'outbound', 'inbound'],
    ['service', 'checkout', 'cart'],
    ['host', 'shop.example', 'shop.example:80'],
    ['method', 'POST', 'GET'],
    ['path', '/pay?a=1', '/pay'],
    ['pathPrefix', '/pa', '/px'],
  ] as const) {
    it(`match by ${condition}`, async () => {
      const id = await control.create();
      await control.setRules(id, mock('yes', { [condition]: right }));
      assert.equal(await mocked(id, '/pay?a=1'), 'yes');
      await control.setRules(id, mock('yes', { [condition]: wrong }));
      assert.equal(await mocked(id, '/pay?a=1'), undefined);
    });
  }

  it('go by priority, then session before case, then the later one', async () => {
    const id = await control.create();
    await control.call('POST', `/v1/sessions/${id}/load-case`, {
      version: '1.0.0',
      caseId: 'c',
      traces: [],
      rules: [mock('case'), mock('case, later')],
    });
    assert.equal(await mocked(id), 'case, later');
    await control.setRules(id, mock('session'), mock('session, later'));
    assert.equal(await mocked(id), 'session, later');
    await control.setRules(id, mock('high', {}, 10), mock('low', {}, 9));
    assert.equal(await mocked(id), 'high');
  });

  it('replace those that were set before', async () => {
    const id = await control.create();
    await control.setRules(id, mock('old'));
    await control.setRules(id);
    assert.equal(await mocked(id), undefined);
  });

  it('let an application see an error with its status and body', async () => {
    const id = await control.create();
    const body = { error: 'simulated outage' };
    for (const status of [200, 403, 429, 500, 503, 599]) {
      await control.setRules(id, { when: {}, then: { action: 'error', error: { status, body } } });
      const response = await inject(backend, id);
      assert.equal(response.status, status);
      assert.deepEqual(await response.json(), body);
    }
  });

  it('of a session do not answer another session', async () => {
    const [one, other] = [await control.create(), await control.create()];
    await control.setRules(one, mock('one'));
    assert.equal(await mocked(other), undefined);
  });
});

describe('the strict policy of a session of the development backend', () => {
  let backend: Backend;
  let control: ControlClient;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
    control = new ControlClient(backend);
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  it('refuses an outbound request that no rule answers with 500 and JSON', async () => {
    const id = await control.create();
    await control.setStrict(id);
    const response = await inject(backend, id);
    assert.equal(response.status, 500);
    assert.deepEqual(await response.json(), { error: 'strict policy requires a mock rule match' });
    const { body } = await control.call('GET', `/v1/sessions/${id}/stats`);
    assert.deepEqual(body['stats'], { injectedSpans: 0, extractedSpans: 0, strictMisses: 1 });
  });

  it('lets a passthrough rule pass', async () => {
    const id = await control.create();
    await control.setStrict(id);
    for (const action of ['passthrough', 'capture_only']) {
      await control.setRules(id, { when: { path: '/pay' }, then: { action } });
      assert.equal((await inject(backend, id)).status, 404);
    }
  });

  it('can be set when the session is made', async () => {
    const { body } = await control.call('POST', '/v1/sessions', {
      mode: 'replay',
      policy: { externalHttp: 'strict' },
    });
    assert.equal((await inject(backend, body['sessionId'] as string)).status, 500);
  });
});
