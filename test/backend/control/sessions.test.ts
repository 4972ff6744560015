import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { lookup, postTraces, save } from '../../support/backend-client.ts';
import { ControlClient, type ControlReply } from '../../support/control-client.ts';
import { filterMessage } from '../../support/filter-span.ts';

describe('control API of the development backend', () => {
  let directory: string;
  let backend: Backend;
  let control: ControlClient;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'backend-cases-'));
    backend = await createBackend({ data: ':memory:', cases: directory });
    control = new ControlClient(backend);
  });
  afterEach(async () => {
    await backend[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  it('answers health checks and reports its versions', async () => {
    const versions = { specVersion: 'http-control-api@v1', schemaVersion: '1' };
    assert.deepEqual((await control.call('GET', '/health')).body, { status: 'ok', ...versions });
    const { body } = await control.call('GET', '/v1/meta');
    assert.deepEqual([body['specVersion'], body['schemaVersion']], Object.values(versions));
  });

  it('makes sessions with ids of their own', async () => {
    const [one, other] = [await control.create(), await control.create()];
    assert.match(one, /^sess_[\w-]{16}$/);
    assert.notEqual(one, other);
  });

  it('counts the revision of a session up with each document', async () => {
    const id = await control.create();
    const revisions = [
      await control.call('POST', `/v1/sessions/${id}/load-case`, {
        version: '1.0.0',
        caseId: 'c',
        traces: [],
      }),
      await control.call('POST', `/v1/sessions/${id}/rules`, { rules: [] }),
      await control.call('POST', `/v1/sessions/${id}/policy`, {}),
      await control.call('POST', `/v1/sessions/${id}/fixtures/auth`, {
        tokens: ['stub'],
        cookies: [{ name: 'a', value: 'b' }],
      }),
    ].map(({ body }) => body['sessionRevision']);
    assert.deepEqual(revisions, [1, 2, 3, 4]);
  });

  it('shows mode, policy, rules, case and counters of a session', async () => {
    const id = await control.create();
    await control.call('POST', `/v1/sessions/${id}/load-case`, {
      version: '1.0.0',
      caseId: 'checkout',
      traces: [{}, {}],
    });
    await control.setStrict(id);
    const { body } = await control.call('GET', `/v1/sessions/${id}/state`);
    assert.equal(body['mode'], 'replay');
    assert.deepEqual(body['policy'], { externalHttp: 'strict' });
    assert.deepEqual(body['caseSummary'], { caseId: 'checkout', traceCount: 2 });
    assert.deepEqual(body['stats'], { injectedSpans: 0, extractedSpans: 0, strictMisses: 0 });
  });

  describe('errors', () => {
    it('name an unknown or closed session', async () => {
      const closed = await control.create();
      await control.call('POST', `/v1/sessions/${closed}/close`);
      for (const id of ['sess_unknown', closed]) {
        for (const [method, path] of [
          ['GET', 'stats'],
          ['GET', 'state'],
          ['POST', 'close'],
        ] as const) {
          const { status, body } = await control.call(method, `/v1/sessions/${id}/${path}`);
          assert.deepEqual([status, body.error?.code], [404, 'unknown_session'], path);
        }
        const { status, body } = await control.call('POST', `/v1/sessions/${id}/rules`, { rules: [] });
        assert.deepEqual([status, body.error?.code], [404, 'unknown_session']);
      }
    });

    it('name an empty body, one that is not JSON, and the member that is wrong', async () => {
      const id = await control.create();
      const messageOf = async (path: string, body: unknown) => {
        const reply = await control.call('POST', path, body);
        assert.equal(reply.status, 400, path);
        return `${reply.body.error?.code}: ${reply.body.error?.message}`;
      };
      for (const kind of ['rules', 'policy', 'load-case', 'fixtures/auth']) {
        assert.match(
          await messageOf(`/v1/sessions/${id}/${kind}`, undefined),
          /^invalid_request: the body is empty/,
        );
      }
      assert.match(
        await messageOf(`/v1/sessions/${id}/policy`, '{'),
        /^invalid_request: the body is not JSON/,
      );
      assert.match(await messageOf('/v1/sessions', { mode: 'none' }), /^invalid_request: mode: /);
      assert.match(
        await messageOf(`/v1/sessions/${id}/rules`, {
          rules: [
            { when: {}, then: { action: 'passthrough' } },
            { when: { host: 1 }, then: {} },
          ],
        }),
        /^invalid_rules: rules\.1\.when\.host: /,
      );
      assert.match(
        await messageOf(`/v1/sessions/${id}/load-case`, { version: '1.0.0', caseId: 'c' }),
        /^invalid_request: traces: /,
      );
    });

    it('name the methods of a path', async () => {
      for (const [method, path, allow] of [
        ['GET', '/v1/sessions', 'POST'],
        ['POST', '/health', 'GET'],
        ['DELETE', '/v1/inject', 'POST'],
      ] as const) {
        const response = await fetch(`${backend.url}${path}`, { method });
        assert.equal(response.status, 405, path);
        assert.equal(response.headers.get('allow'), allow);
        const { error } = (await response.json()) as ControlReply['body'];
        assert.equal(error?.code, 'method_not_allowed');
      }
    });
  });

  describe('recordings', () => {
    it('never answer a session of the control API', async () => {
      const id = await control.create('capture');
      await save(backend, { session: id, path: '/poll', responseBody: 'first' });
      assert.equal(await lookup(backend, { session: id, path: '/poll' }), undefined);
    });

    it('are kept in a capture session and in no other', async () => {
      const replay = await control.create('replay');
      const capture = await control.create('capture');
      const saved = async (session: string) =>
        (await postTraces(backend, '/v1/traces', filterMessage({ type: 'extract', session, status: 503 })))
          .status;
      assert.deepEqual([await saved(replay), await saved(capture)], [204, 200]);
      assert.equal(backend.recordings.count, 1);
      const { body } = await control.call('GET', `/v1/sessions/${capture}/stats`);
      assert.equal((body['stats'] as { extractedSpans: number }).extractedSpans, 1);
    });

    it('are filed under their own session, also when a message holds several', async () => {
      const [one, other] = [await control.create('capture'), await control.create('capture')];
      await save(
        backend,
        { session: one, path: '/1' },
        { session: other, path: '/2' },
        { session: '', path: '/3' },
      );
      const paths = (session: string) => backend.recordings.list({ session }).map(({ path }) => path);
      assert.deepEqual([paths(one), paths(other), paths('')], [['/1'], ['/2'], ['/3']]);
    });

    it('are refused when the session is closed', async () => {
      const id = await control.create('capture');
      await control.call('POST', `/v1/sessions/${id}/close`);
      const late = filterMessage({ type: 'extract', session: id, status: 200 });
      assert.equal((await postTraces(backend, '/v1/traces', late)).status, 404);
      assert.equal((await postTraces(backend, '/v1/inject', late)).status, 404);
    });

    it('leave the session as a case file, of which a mock gives the same bytes', async () => {
      const id = await control.create('capture');
      const bytes = Buffer.from([0, 1, 0xff, 0xfe, 0x0a, 0x80]);
      await save(backend, { session: id, path: '/text', responseBody: 'text' });
      await save(backend, { session: id, path: '/binary', responseBody: bytes });
      const captured = (await control.call('GET', `/v1/captures/${id}`)).body;
      const { body } = await control.call('POST', `/v1/sessions/${id}/close?out=suite/c.case.json`);
      assert.equal(body['closed'], true);
      assert.equal(body['capturePath'], join(directory, 'suite', 'c.case.json'));
      const file = JSON.parse(await readFile(join(directory, 'suite', 'c.case.json'), 'utf8')) as CaseFile;
      assert.deepEqual(file, captured);
      assert.deepEqual([file.version, file.caseId, file.traces.length], ['1.0.0', id, 2]);
      // Its traces are messages that can be sent again, for a session of another name.
      const [, binary] = file.traces;
      const message = JSON.stringify(binary).replaceAll(id, 'again');
      const headers = { 'content-type': 'application/json' };
      const sent = await fetch(`${backend.url}/v1/traces`, { method: 'POST', headers, body: message });
      assert.equal(sent.status, 200, await sent.text());
      const answer = await lookup(backend, { session: 'again', path: '/binary' });
      assert.deepEqual(Buffer.from(answer!.responseBody!.bytes), bytes);
    });
  });
});

interface CaseFile {
  readonly version: string;
  readonly caseId: string;
  readonly traces: readonly object[];
}
