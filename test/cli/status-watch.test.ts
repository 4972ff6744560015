import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { startSpagent } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';

type Conditions = readonly object[];

const agentObject = (reason: string, resourceVersion: string) => ({
  metadata: {
    namespace: 'shop',
    name: 'checkout',
    uid: 'u1',
    resourceVersion,
    generation: 1,
    creationTimestamp: '2026-01-02T03:04:05Z',
  },
  spec: { selector: { matchLabels: { app: 'checkout' } } },
  status: {
    conditions: [
      {
        type: 'Ready',
        status: reason === 'Healthy' ? 'True' : 'False',
        reason,
        message: `message of ${reason}`,
        lastTransitionTime: '2026-01-02T03:04:06Z',
        observedGeneration: 1,
      },
    ] satisfies Conditions,
    pods: '1/2',
  },
});

describe('spagent status --watch', () => {
  let server: ScriptedServer;
  let watches: ServerResponse[];
  let podWatches: ServerResponse[];
  let agent: ReturnType<typeof agentObject>;
  let pods: object[];
  let kubeconfig: Awaited<ReturnType<typeof kubeconfigOf>>;
  let interrupt: AbortController;

  beforeEach(async () => {
    [watches, podWatches, pods] = [[], [], []];
    agent = agentObject('Progressing', '1');
    interrupt = new AbortController();
    server = await startScriptedServer(({ path }, response) => {
      response.setHeader('content-type', 'application/json');
      const isWatch = path.includes('watch=true');
      if (path.includes('/spagents?') && isWatch) watches.push(response);
      else if (path.includes('/pods?') && isWatch) podWatches.push(response);
      if (isWatch) return response.flushHeaders();
      const items = path.includes('/spagents') ? [agent] : path.includes('/pods') ? pods : [];
      const isOne = path.endsWith('/spagents/checkout');
      response.end(JSON.stringify(isOne ? agent : { metadata: { resourceVersion: '1' }, items }));
    });
    kubeconfig = await kubeconfigOf(server.port);
  });
  afterEach(async () => {
    await kubeconfig[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const start = (isTerminal: boolean, ...words: string[]) =>
    startSpagent(
      { isTerminal, interrupted: interrupt.signal },
      ...['status', '-w', '-n', 'shop', '--kubeconfig', kubeconfig.file, ...words],
    );
  const send = (type: string, object: object) =>
    watches.forEach((watch) => watch.write(`${JSON.stringify({ type, object })}\n`));
  const watched = () => eventually('the agents are watched', () => watches.length > 0);

  it('writes one line per change where the output is a pipe, and none for what changes nothing', async () => {
    const running = start(false);
    await watched();
    send('MODIFIED', agentObject('Progressing', '2'));
    send('MODIFIED', agentObject('Healthy', '3'));
    send('DELETED', agentObject('Healthy', '4'));
    await eventually('the deletion is shown', () => running.out().includes('Deleted'));
    interrupt.abort();
    const { code, out } = await running.result;
    assert.equal(code, 0);
    assert.deepEqual(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+Z /, '')),
      [
        'shop/checkout Progressing 1/2 message of Progressing',
        'shop/checkout Healthy 1/2 message of Healthy',
        'shop/checkout Deleted',
      ],
    );
  });

  it('writes one JSON object per change with -o json', async () => {
    const running = start(false, '-o', 'json');
    await watched();
    send('MODIFIED', agentObject('Healthy', '2'));
    await eventually('two objects', () => running.out().trim().split('\n').length === 2);
    interrupt.abort();
    const { out } = await running.result;
    const reasons = out
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as typeof agent).status.conditions)
      .map((conditions) => (conditions as { reason: string }[])[0]?.reason);
    assert.deepEqual(reasons, ['Progressing', 'Healthy']);
  });

  it('draws the tree of one agent in place when the agent or one of its pods changes', async () => {
    const running = start(true, 'checkout');
    await eventually('the tree is drawn', () => running.screen().includes('◌ Progressing'));
    send('MODIFIED', agentObject('Healthy', '2'));
    await eventually('the change is drawn', () => running.screen().includes('✓ Healthy'));
    await eventually('the pods are watched', () => podWatches.length > 0);
    pods = [{ metadata: { name: 'checkout-a', creationTimestamp: '2026-01-02T03:04:05Z' } }];
    const event = { type: 'ADDED', object: { metadata: { name: 'checkout-a', resourceVersion: '5' } } };
    podWatches.forEach((watch) => watch.write(`${JSON.stringify(event)}\n`));
    await eventually('the pod is drawn', () => running.screen().includes('checkout-a'));
    interrupt.abort();
    const { code, out } = await running.result;
    assert.deepEqual([code, out], [0, '']);
  });

  it('asks for no list again while nothing changes', async () => {
    const running = start(false);
    await watched();
    send('MODIFIED', agentObject('Healthy', '2'));
    await eventually('the change is shown', () => running.out().includes('Healthy'));
    interrupt.abort();
    await running.result;
    const lists = server.arrivals.filter(({ path }) => path.includes('/spagents') && !path.includes('watch'));
    assert.equal(lists.length, 2, 'one to report errors, one to watch from');
  });

  it('reports that an agent does not exist, and ends', async () => {
    const { code, note } = await start(false, 'other').result;
    assert.equal(code, 1);
    assert.match(note, /^error: /);
  });
});
