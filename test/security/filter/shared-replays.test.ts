import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { describeInEnvoy, freshPath } from '../../support/filter-fixture.ts';
import { filterMessage } from '../../support/filter-span.ts';
import type { Sent } from '../../support/http-exchange.ts';

const shared = { cacheRules: 'shared' };
const capture = { redact: { keyEnv: 'SP_KEY' } };
const listeners = {
  outbound: { configuration: { agent: 'outbound', lookup: shared, capture } },
  keyless: { configuration: { agent: 'keyless', lookup: shared } },
  inbound: { configuration: { agent: 'inbound', direction: 'inbound', lookup: shared, capture } },
  body: {
    configuration: { agent: 'body', lookup: { ...shared, withBody: true }, capture },
    holdHeaders: true,
  },
  asked: {
    configuration: {
      agent: 'asked',
      lookup: { ...shared, withBody: true, methods: ['GET', 'POST'] },
      capture,
    },
    holdHeaders: true,
  },
  replaying: {
    configuration: {
      agent: 'replaying',
      direction: 'inbound',
      lookup: { cacheRules: 'users', withBody: true },
      save: { enabled: false },
      capture,
    },
    holdHeaders: true,
  },
};

const alice = { authorization: 'Bearer alice' };
const bob = { authorization: 'Bearer bob' };
const session = { 'x-softprobe-session-id': 'a-test' };
const secret = 'the balance of alice';

describeInEnvoy(
  'Replays outside of a session',
  { listeners, environment: { SP_KEY: '7f3b9d04c1e85a62' } },
  (fixture) => {
    /**
     * Records alice's answer by sending her request through, and returns the recording as a backend would that knows method,
     * host and path alone.
     */
    async function record(listener: string, headers: Record<string, string>, sent: Sent = {}) {
      const { send, answer, saved } = fixture();
      const path = freshPath();
      answer(path, (_, response) => void response.writeHead(200, headers).end(secret));
      await send(listener, path, { ...sent, headers: alice });
      const { attributes } = await saved(path);
      const responseHeaders = [...attributes]
        .filter(([name]) => name.startsWith('http.response.header.'))
        .map(([name, value]): [string, string] => [
          name.slice('http.response.header.'.length),
          String(value),
        ]);
      return filterMessage({ type: 'extract', status: 200, responseHeaders, responseBody: secret });
    }

    /** What somebody gets where the backend answers every lookup with the recording. */
    async function ask(listener: string, recording: Uint8Array, sent: Sent): Promise<string> {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, recording);
      return (await send(listener, path, sent)).body.toString();
    }

    const strangers: [who: string, sent: Sent][] = [
      ['another user', { headers: bob }],
      ['an anonymous caller', {}],
      ['a wrong token', { headers: { authorization: 'Bearer alice2' } }],
      ['her token in another header', { headers: { 'x-api-key': 'Bearer alice' } }],
    ];
    for (const [who, sent] of strangers) {
      it(`never answer ${who} with the recording of a user, whatever the backend matches`, async () => {
        const { metric } = fixture();
        const recording = await record('outbound', {});
        const before = await metric('hits_not_replayed');
        assert.equal(await ask('outbound', recording, sent), 'upstream');
        await eventually(
          'hits_not_replayed to grow',
          async () => (await metric('hits_not_replayed')) > before,
        );
      });
    }

    it('answer a user with a recording of her own', async () => {
      assert.equal(await ask('outbound', await record('outbound', {}), { headers: alice }), secret);
    });

    it('do not happen for requests with credentials where no key distinguishes users', async () => {
      const { lookups, send, saved } = fixture();
      const path = freshPath();
      assert.equal((await send('keyless', path, { headers: alice })).body.toString(), 'upstream');
      await saved(path);
      assert.equal(lookups(path).length, 0);
      assert.equal(await ask('keyless', await record('keyless', {}), {}), 'upstream');
    });

    const forbidden: [rule: string, headers: Record<string, string>][] = [
      ['cache-control: private', { 'cache-control': 'private, max-age=60' }],
      ['cache-control: no-store', { 'cache-control': 'No-Store' }],
      ['cache-control: no-cache', { 'cache-control': 'no-cache' }],
      ['vary: *', { vary: '*' }],
    ];
    for (const [rule, headers] of forbidden) {
      it(`do not happen with a recording that has "${rule}", not even for its own user`, async () => {
        const recording = await record('outbound', headers);
        for (const sent of [{ headers: alice }, {}])
          assert.equal(await ask('outbound', recording, sent), 'upstream');
      });
    }

    it('of an anonymous recording do not answer a user where it varies by credentials', async () => {
      const responseHeaders = [['vary', 'accept, Authorization']] as const;
      const recording = filterMessage({
        type: 'extract',
        status: 200,
        responseHeaders,
        responseBody: secret,
      });
      assert.equal(await ask('outbound', recording, { headers: bob }), 'upstream');
      assert.equal(await ask('outbound', recording, {}), secret);
    });

    it('show nobody whose recording it is', async () => {
      const { send, hit } = fixture();
      const path = freshPath();
      hit(path, await record('outbound', {}));
      const answer = await send('outbound', path, { headers: alice });
      assert.equal(answer.body.toString(), secret);
      assert.deepEqual(answer.all('x-softprobe-user'), []);
    });

    const unsafe: Sent = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'pay 10' };
    it('never keep a second POST from upstream, unless POST is asked for', async () => {
      const { send, reached, lookups } = fixture();
      const path = freshPath();
      await send('body', path, unsafe);
      await send('body', path, unsafe);
      assert.equal(reached(path).length, 2);
      assert.equal(lookups(path).length, 0);
      const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'paid' });
      assert.equal(await ask('asked', recording, unsafe), 'paid');
      assert.equal(await ask('asked', recording, { ...unsafe, method: 'PUT' }), 'upstream');
    });

    const fresh: [what: string, sent: Sent][] = [
      ['cache-control: no-store', { headers: { 'cache-control': 'no-store' } }],
      ['cache-control: no-cache', { headers: { 'cache-control': 'max-age=0, No-Cache' } }],
      ['pragma: no-cache', { headers: { pragma: 'no-cache' } }],
      ['the user agent of a kubelet', { headers: { 'user-agent': 'kube-probe/1.34' } }],
    ];
    for (const [what, sent] of fresh) {
      it(`do not happen for a request with ${what}`, async () => {
        const { metric } = fixture();
        const before = await metric('skipped_cache_rules');
        const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'old' });
        assert.equal(await ask('outbound', recording, sent), 'upstream');
        await eventually(
          'skipped_cache_rules to grow',
          async () => (await metric('skipped_cache_rules')) > before,
        );
      });
    }

    it('do not happen for health checks', async () => {
      const { send, hit, lookups } = fixture();
      for (const path of ['/healthz', '/readyz?verbose', '/actuator/health']) {
        hit(path, filterMessage({ type: 'extract', status: 200, responseBody: 'well' }));
        assert.equal((await send('outbound', path)).body.toString(), 'upstream');
        assert.equal(lookups(path).length, 0);
      }
    });

    it('do not happen for what a workload receives', async () => {
      const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' });
      assert.equal(await ask('inbound', recording, {}), 'upstream');
      assert.equal(await ask('inbound', recording, { headers: session }), 'recorded');
    });

    it('happen for what a workload receives where it is to be replayed, still for the same user alone', async () => {
      const { saves } = fixture();
      const recording = filterMessage({ type: 'extract', status: 200, responseBody: 'recorded' });
      assert.equal(await ask('replaying', recording, {}), 'recorded');
      assert.equal(await ask('replaying', recording, unsafe), 'recorded');
      const ofAlice = await record('outbound', {});
      assert.equal(await ask('replaying', ofAlice, { headers: alice }), secret);
      assert.equal(await ask('replaying', ofAlice, { headers: bob }), 'upstream');
      const path = freshPath();
      await fixture().send('replaying', path);
      const later = freshPath();
      await fixture().send('outbound', later);
      await fixture().saved(later);
      assert.equal(saves(path).length, 0);
    });

    it('are not what happens in a session, whose requests all belong together', async () => {
      const recording = await record('outbound', { 'cache-control': 'private' });
      assert.equal(await ask('outbound', recording, { headers: { ...bob, ...session } }), secret);
      const sent = { ...unsafe, headers: { ...session, 'cache-control': 'no-store' } };
      assert.equal(await ask('body', recording, sent), secret);
    });
  },
);
