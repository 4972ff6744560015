import assert from 'node:assert/strict';
import { describeInEnvoy, freshPath } from '../support/filter-fixture.ts';
import { valuesOf } from '../support/http-exchange.ts';

const runtime = {
  lookup: { when: 'session', ignoreBody: true, cacheRules: 'none', onAnswer: 'pass' },
  session: { bypass: false, member: 'x-softprobe-session-id' },
  save: { perSession: true, retry: 'refused' },
};

const listeners = {
  runtime: { configuration: runtime },
  inbound: { configuration: { ...runtime, direction: 'inbound' } },
  legacy: { configuration: { session: { member: 'x-sp-session-id' } } },
};

const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00';

describeInEnvoy("Conformance with Softprobe's runtime: sessions", { listeners }, (fixture) => {
  /** What upstream got, and the session of lookup and recording. */
  async function hop(headers: Record<string, string>, listener = 'runtime') {
    const { send, saved, reached, lookups } = fixture();
    const path = freshPath();
    await send(listener, path, { headers });
    const { rawHeaders } = reached(path)[0]!;
    const recorded = await saved(path);
    const session = recorded.attributes.get('sp.session.id');
    assert.equal(lookups(path)[0]?.attributes.get('sp.session.id'), session);
    const [tracestate = ''] = valuesOf(rawHeaders, 'tracestate');
    return { session, tracestate, traceparents: valuesOf(rawHeaders, 'traceparent') };
  }

  it('1: hands the session of the header on, once, beside foreign members, and leaves the trace alone', async () => {
    for (const tracestate of ['vendor=1,b=2', 'vendor=1, x-softprobe-session-id=S ,b=2']) {
      const seen = await hop({ 'x-softprobe-session-id': 'S', traceparent, tracestate });
      assert.equal(seen.session, 'S');
      assert.equal(seen.tracestate, 'x-softprobe-session-id=S,vendor=1,b=2');
      assert.deepEqual(seen.traceparents, [traceparent]);
    }
  });

  it('1: begins a trace for a session that has none, as tracestate does not count without', async () => {
    const seen = await hop({ 'x-softprobe-session-id': 'S' });
    assert.equal(seen.tracestate, 'x-softprobe-session-id=S');
    assert.match(seen.traceparents.join(), /^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
  });

  const members = ['x-softprobe-session-id', 'x-sp-session-id', 'X-Softprobe-Session-Id'];
  for (const name of members) {
    it(`2, 3: takes the session from the member ${name} alone`, async () => {
      const seen = await hop({ traceparent, tracestate: `a=1,${name}=S` });
      assert.equal(seen.session, 'S');
      assert.equal(seen.tracestate, 'x-softprobe-session-id=S,a=1');
    });
  }

  it('4: prefers the header to a member that is stale', async () => {
    const headers = { 'x-softprobe-session-id': 'S2', traceparent };
    const seen = await hop({ ...headers, tracestate: 'a=1,x-softprobe-session-id=S1,x-sp-session-id=S0' });
    assert.equal(seen.session, 'S2');
    assert.equal(seen.tracestate, 'x-softprobe-session-id=S2,a=1');
  });

  it('6: carries the session through an application that copies W3C headers only', async () => {
    const first = await hop({ 'x-softprobe-session-id': 'S', traceparent, tracestate: 'a=1' }, 'inbound');
    const copied = { traceparent: first.traceparents[0] ?? '', tracestate: first.tracestate };
    assert.equal((await hop(copied)).session, 'S');
  });

  it('hands on no session that is not valid in a member', async () => {
    for (const session of ['a,b', 'a=b', 'a b', 'x'.repeat(257)]) {
      const seen = await hop({ 'x-softprobe-session-id': session, traceparent, tracestate: 'a=1' });
      assert.equal(seen.session, session);
      assert.equal(seen.tracestate, 'a=1');
    }
  });

  it('hands the session on under its former name, where that is asked for', async () => {
    const seen = await hop({ 'x-softprobe-session-id': 'S', traceparent, tracestate: 'a=1' }, 'legacy');
    assert.match(seen.tracestate, /^x-sp-traceparent=00-[0-9a-f-]+,x-sp-session-id=S,a=1$/);
  });
});
