import assert from 'node:assert/strict';
import { askThroughApiServer } from '../../operator/cluster/proxy-stats.ts';
import { ProxyRoute } from '../../operator/controller/proxy-route.ts';
import { Verifier, type Question } from '../../operator/controller/verifier.ts';
import { eventually } from '../support/eventually.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type Script } from '../support/scripted-server.ts';

const revision = 'aaaaaaaaaaaa';
const question: Question = {
  agentName: 'checkout',
  pod: { namespace: 'shop', name: 'p', ip: '10.0.0.7', uid: 'u' },
  expected: {
    revision,
    plugins: [{ name: `shop.checkout-${revision}`, side: 'Outbound' }],
    reportsRevision: false,
    reloads: false,
    isSwitched: false,
  },
};
const statistics = `envoy_wasm_shop_checkout_${revision}_vm_reload{} 0\n`;

function questionOf(pod: Partial<Question['pod']>, expected: Partial<Question['expected']> = {}): Question {
  return { ...question, pod: { ...question.pod, ...pod }, expected: { ...question.expected, ...expected } };
}

async function verifier(script: Script) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startScriptedServer(script));
  const client = stack.use(await clientOf(server.port));
  const changes: Question[] = [];
  const checks: string[] = [];
  const route = new ProxyRoute({
    ways: [{ name: 'api', ask: askThroughApiServer(client) }],
    changed: () => undefined,
    clock: () => performance.now(),
  });
  let now = 0;
  const asked = new Verifier({
    clock: () => now,
    route,
    changed: (one) => changes.push(one),
    checked: ({ state }) => checks.push(state),
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
    asked.refresh();
  };
  return { asked, server, changes, checks, pass, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('verifier', () => {
  it('asks the proxy through the API server, and reports its answer', async () => {
    await using run = await verifier((_arrival, response) => {
      response.end(statistics);
    });
    const before = Date.now();
    const { verification, askedAt } = run.asked.answer(question);
    assert.deepEqual([verification.state, askedAt], ['Unknown', undefined]);
    await eventually('the answer', () => run.changes.length === 1);
    assert.deepEqual(run.changes, [question]);
    const answer = run.asked.answer(question);
    assert.equal(answer.verification.state, 'Loaded');
    assert.ok(answer.askedAt! >= before);
    const path = '/api/v1/namespaces/shop/pods/p:15020/proxy/stats/prometheus';
    assert.deepEqual(
      run.server.arrivals.map((arrival) => arrival.path.split('?')[0]),
      [path],
    );
  });

  it('asks one proxy once at a time', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    await using run = await verifier(async (_arrival, response) => {
      await released;
      response.end(statistics);
    });
    run.asked.answer(question);
    await eventually('the question', () => run.server.arrivals.length === 1);
    run.asked.answer(question);
    release(undefined);
    await eventually('the answer', () => run.changes.length === 1);
    assert.equal(run.server.arrivals.length, 1);
  });

  it('lets the silent pods of one namespace hold up no other', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    await using run = await verifier(async ({ path }, response) => {
      if (path.includes('/silent/')) await released;
      response.end(statistics);
    });
    for (let pod = 0; pod < 80; pod += 1)
      run.asked.answer(questionOf({ namespace: 'silent', uid: String(pod) }));
    run.asked.answer(question);
    await eventually('the answer', () => run.changes.length === 1);
    assert.equal(run.changes[0]?.pod.namespace, 'shop');
    assert.equal(run.server.arrivals.filter(({ path }) => path.includes('/silent/')).length, 4);
    release(undefined);
    await eventually('all answers', () => run.changes.length === 81);
  });

  it('keeps no answer when the pod gets another revision, and gives none back when it gets the old one', async () => {
    let answers = 0;
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    await using run = await verifier(async (_arrival, response) => {
      answers += 1;
      if (answers > 2) await released;
      response.end(statistics);
    });
    const other = questionOf({}, { revision: 'bbbbbbbbbbbb' });
    run.asked.answer(question);
    await eventually('the first answer', () => run.changes.length === 1);
    assert.equal(run.asked.answer(other).verification.state, 'Unknown');
    await eventually('the answer for the other revision', () => run.changes.length === 2);
    assert.equal(run.asked.answer(question).verification.state, 'Unknown');
    release(undefined);
    await eventually('the answer for the revision again', () => run.changes.length === 3);
    assert.equal(run.asked.answer(question).verification.state, 'Loaded');
  });

  it('does not know what a proxy runs that cannot be asked', async () => {
    await using run = await verifier((_arrival, response) => {
      response.writeHead(503).end('no endpoints');
    });
    run.asked.answer(question);
    await eventually('the answer', () => run.checks.length === 1);
    const { verification } = run.asked.answer(question);
    assert.deepEqual(verification, {
      state: 'Unknown',
      message: 'its proxy cannot be asked: no endpoints',
    });
  });

  it('leaves pods Unverified where no proxy of the cluster can be asked', async () => {
    await using run = await verifier((_arrival, response) => {
      response.writeHead(503).end('error trying to reach service: dial tcp 10.0.0.7:15020: i/o timeout');
    });
    for (const uid of ['1', '2', '3']) run.asked.answer(questionOf({ uid, name: uid }));
    await eventually('the answers', () => run.checks.length === 3);
    const last = run.changes.at(-1);
    assert.ok(last);
    const { verification } = run.asked.answer(last);
    assert.equal(verification.state, 'Unverified');
    assert.match(verification.message, /no proxy of the cluster can be asked: error trying/);
  });

  it('remembers when the agent of a proxy had loaded every module of any author', async () => {
    let failures = 0;
    await using run = await verifier((_arrival, response) => {
      response.end(
        `${statistics}istio_agent_wasm_config_conversion_count{result="fetch_failure"} ${failures}\n`,
      );
    });
    run.asked.answer(question);
    await eventually('the first answer', () => run.checks.length === 1);
    const { modulesLoadedAt, askedAt } = run.asked.answer(question);
    assert.deepEqual([typeof modulesLoadedAt, modulesLoadedAt], ['number', askedAt]);
    failures = 1;
    run.pass(31);
    await eventually('the second answer', () => run.checks.length === 2);
    assert.equal(run.asked.answer(question).modulesLoadedAt, undefined);
  });

  it('reports the outcome of the calls to the backend', async () => {
    await using run = await verifier((_arrival, response) => {
      response.end(`${statistics}sp_agent_lookup_errors_unreachable{} 4\n`);
    });
    run.asked.answer(question);
    await eventually('the answer', () => run.changes.length === 1);
    assert.equal(run.asked.answer(question).backend, 'Unanswered');
  });

  it('asks again by itself, and says when the answer is another', async () => {
    let text = statistics;
    await using run = await verifier((_arrival, response) => {
      response.end(text);
    });
    run.asked.answer(question);
    await eventually('the first answer', () => run.checks.length === 1);
    run.pass(29);
    run.pass(2);
    await eventually('the second answer', () => run.checks.length === 2);
    assert.equal(run.changes.length, 1);
    text = '';
    run.pass(31);
    await eventually('a change', () => run.changes.length === 2);
    assert.equal(run.asked.answer(question).verification.state, 'NotVerified');
    assert.equal(run.server.arrivals.length, 3);
  });

  it('asks no longer when nobody has looked at the answer for long', async () => {
    await using run = await verifier((_arrival, response) => {
      response.end(statistics);
    });
    run.asked.answer(question);
    await eventually('the first answer', () => run.checks.length === 1);
    run.pass(601);
    run.pass(31);
    assert.equal(run.asked.answer(question).verification.state, 'Unknown');
  });

  it('forgets a pod that is gone', async () => {
    let status = 200;
    await using run = await verifier((_arrival, response) => {
      response.writeHead(status).end(statistics);
    });
    run.asked.answer(question);
    await eventually('the first answer', () => run.checks.length === 1);
    status = 404;
    run.pass(31);
    await eventually('the second question', () => run.server.arrivals.length === 2);
    await eventually('no answer', () => run.asked.answer(question).askedAt === undefined);
  });

  it('keeps the last answer of a proxy that fails to answer once, not for longer than about a minute', async () => {
    let status = 200;
    await using run = await verifier((_arrival, response) => {
      response.writeHead(status).end(statistics);
    });
    run.asked.answer(question);
    await eventually('the first answer', () => run.checks.length === 1);
    status = 503;
    const states = [];
    for (const seconds of [31, 3, 5, 9]) {
      run.pass(seconds);
      const before = run.checks.length;
      await eventually('the next answer', () => run.checks.length === before + 1);
      states.push(run.asked.answer(question).verification.state);
    }
    assert.deepEqual(states, ['Loaded', 'Loaded', 'Loaded', 'Unknown']);
  });
});
