import assert from 'node:assert/strict';
import { Verifier, type Question } from '../../operator/controller/verifier.ts';
import { eventually } from '../support/eventually.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type Script } from '../support/scripted-server.ts';

const revision = 'aaaaaaaaaaaa';
const question: Question = { namespace: 'shop', agentName: 'checkout', podName: 'p', podUid: 'u', revision };
const statistics = `sp_agent_revision_${revision}_configured_at_seconds 1700000000\n`;

async function verifier(script: Script) {
  const stack = new AsyncDisposableStack();
  const server = stack.use(await startScriptedServer(script));
  const client = stack.use(await clientOf(server.port));
  const changes: Question[] = [];
  const checks: string[] = [];
  const asked = new Verifier(client, {
    changed: (one) => changes.push(one),
    checked: ({ state }) => checks.push(state),
  });
  return { asked, server, changes, checks, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

describe('verifier', () => {
  it('asks the proxy through the API server, and tells when its answer is there', async () => {
    await using run = await verifier((_arrival, response) => {
      response.end(statistics);
    });
    const before = Date.now();
    const { verification, askedAt } = run.asked.answer(question);
    assert.deepEqual([verification.state, askedAt], ['Unknown', undefined]);
    await eventually('the answer', () => run.changes.length === 1);
    assert.deepEqual(run.changes, [question]);
    const answer = run.asked.answer(question);
    assert.equal(answer.verification.state, 'Verified');
    assert.ok(answer.askedAt! >= before);
    const path = '/api/v1/namespaces/shop/pods/p:15020/proxy/stats/prometheus';
    assert.deepEqual(
      run.server.arrivals.map((arrival) => arrival.path),
      [path],
    );
  });

  it('asks one proxy once at a time, and few at the same time', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<undefined>();
    await using run = await verifier(async (_arrival, response) => {
      await released;
      response.end(statistics);
    });
    const ask = () => {
      for (let pod = 0; pod < 30; pod += 1) run.asked.answer({ ...question, podUid: String(pod) });
    };
    ask();
    await eventually('the first questions', () => run.server.arrivals.length >= 8);
    ask();
    assert.equal(run.server.arrivals.length, 8);
    release(undefined);
    await eventually('all answers', () => run.changes.length === 30);
    assert.equal(run.server.arrivals.length, 30);
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
});
