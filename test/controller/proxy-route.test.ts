import assert from 'node:assert/strict';
import { NoRouteError, ProxyRoute } from '../../operator/controller/proxy-route.ts';
import { ApiError } from '../../operator/cluster/api-error.ts';
import type { AskProxy } from '../../operator/cluster/proxy-stats.ts';

const pod = (name: string) => ({ namespace: 'shop', name, ip: '10.0.0.7' });
const unreachable = () =>
  new ApiError(503, { message: 'error trying to reach service: dial tcp 10.0.0.7:15020: i/o timeout' });
const refused = () =>
  new ApiError(503, {
    message: 'error trying to reach service: dial tcp 10.0.0.7:15020: connection refused',
  });
const forbidden = () => new ApiError(403, { message: 'pods "p" is forbidden', reason: 'Forbidden' });

/** A cluster whose proxies answer in the ways that are open. */
function cluster() {
  const open = { api: true, direct: true };
  const asked: string[] = [];
  const changes: (string | undefined)[] = [];
  let error: () => Error = unreachable;
  let now = 0;
  const way = (name: keyof typeof open): { name: string; ask: AskProxy } => ({
    name,
    ask: ({ pod: { name: podName } }) => {
      asked.push(`${name} ${podName}`);
      if (!open[name]) return Promise.reject(error());
      return Promise.resolve({ at: 0, lines: (async function* () {})() });
    },
  });
  const route = new ProxyRoute({
    ways: [way('direct'), way('api')],
    changed: (name) => changes.push(name),
    clock: () => now,
  });
  return {
    open,
    asked,
    changes,
    failWith: (make: () => Error) => {
      error = make;
    },
    pass: (seconds: number) => {
      now += seconds * 1000;
    },
    ask: (name: string) =>
      route
        .ask(pod(name), '', () => Promise.resolve('answered'))
        .catch((reason: unknown) => (reason instanceof NoRouteError ? 'no route' : 'failed')),
  };
}

describe('The route to the proxies', () => {
  it('leads to the pods themselves as long as that works', async () => {
    const { ask, asked, changes } = cluster();
    assert.equal(await ask('a'), 'answered');
    assert.deepEqual([asked, changes], [['direct a'], []]);
  });

  it('leads through the API server once three proxies in a row could not be reached directly', async () => {
    const { open, ask, asked, changes } = cluster();
    open.direct = false;
    assert.deepEqual([await ask('a'), await ask('b'), await ask('c')], ['failed', 'failed', 'answered']);
    assert.deepEqual(changes, ['api']);
    asked.length = 0;
    assert.equal(await ask('d'), 'answered');
    assert.deepEqual(asked, ['api d']);
  });

  it('is found in a cluster of one proxy too', async () => {
    const { open, ask } = cluster();
    open.direct = false;
    const answers = [];
    for (let round = 0; round < 6; round += 1) answers.push(await ask('a'));
    assert.deepEqual(answers, ['failed', 'failed', 'failed', 'failed', 'failed', 'answered']);
  });

  it('does not exist without the right to ask through the API server where nothing leads to the pods', async () => {
    const { open, ask, failWith } = cluster();
    failWith(forbidden);
    open.direct = open.api = false;
    assert.deepEqual([await ask('a'), await ask('b'), await ask('c')], ['failed', 'failed', 'no route']);
  });

  it('does not exist where no way leads to any proxy, and does again when one answers', async () => {
    const { open, ask, changes } = cluster();
    open.direct = open.api = false;
    assert.deepEqual([await ask('a'), await ask('b'), await ask('c')], ['failed', 'failed', 'no route']);
    assert.equal(await ask('a'), 'no route');
    assert.deepEqual(changes, [undefined]);
    open.api = true;
    assert.equal(await ask('a'), 'answered');
    assert.deepEqual(changes, [undefined, 'api']);
  });

  it('is not given up for silent pods while another proxy answers', async () => {
    const { open, ask, asked, pass } = cluster();
    assert.equal(await ask('good'), 'answered');
    open.direct = false;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) assert.equal(await ask(name), 'failed');
    assert.ok(asked.every((question) => question.startsWith('direct')));
    pass(61);
    assert.equal(await ask('h'), 'answered');
  });

  it('is not given up for pods that have no proxy', async () => {
    const { open, ask, failWith } = cluster();
    failWith(refused);
    open.direct = false;
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) assert.equal(await ask(name), 'failed');
  });
});
