import assert from 'node:assert/strict';
import { pauseAnnotation, promoteAnnotation } from '../../operator/api/names.ts';
import { startSpagent, type RunningCli } from '../support/cli.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type ScriptedServer } from '../support/scripted-server.ts';
import { describeInBrowser, openPage, overflow, screenshot } from './support/browser.ts';

const [stable, target] = ['aaaaaaaaaaaa', 'bbbbbbbbbbbb'];
const label = 'revision.softprobe.ai/checkout';

const pod = (name: string, revision: string) => ({
  metadata: {
    name,
    labels: { app: 'checkout', [label]: revision, 'pod-template-hash': 'abc' },
    creationTimestamp: '2026-01-02T03:04:05Z',
    ownerReferences: [{ kind: 'ReplicaSet', name: 'checkout-abc', controller: true }],
  },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
});

const operator = {
  metadata: { namespace: 'sp-system', name: 'sp-agent' },
  spec: { replicas: 1 },
  status: { readyReplicas: 1 },
};

const agentObject = () => ({
  metadata: {
    namespace: 'shop',
    name: 'checkout',
    uid: 'u1',
    resourceVersion: '1',
    generation: 1,
    creationTimestamp: '2026-01-02T03:04:05Z',
  },
  spec: { selector: { matchLabels: { app: 'checkout' } } },
  status: {
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'Progressing',
        message: 'a canary <b>bakes</b>',
        lastTransitionTime: '2026-01-02T03:04:06Z',
        observedGeneration: 1,
      },
    ],
    targetRevision: target,
    stableRevision: stable,
    pods: '1/2',
    revisionNumber: 2,
    rollout: {
      state: 'Progressing',
      message: 'a canary <b>bakes</b>',
      step: 'Canary 1 of 2',
      approval: 'Required',
      gates: [{ name: 'errors', verdict: 'Pass', value: '0.1%', limit: 'at most 1%', message: 'few errors' }],
    },
    history: [
      {
        revision: target,
        revisionNumber: 2,
        digest: 'b',
        createdAt: '2026-01-02T03:04:05Z',
        outcome: 'Pending',
      },
      {
        revision: stable,
        revisionNumber: 1,
        digest: 'a',
        createdAt: '2026-01-01T03:04:05Z',
        outcome: 'Stable',
      },
    ],
  },
});

describeInBrowser('the dashboard', () => {
  let server: ScriptedServer;
  let kubeconfig: Awaited<ReturnType<typeof kubeconfigOf>>;
  let interrupt: AbortController;
  let running: RunningCli;
  let agent: ReturnType<typeof agentObject>;
  let patchStatus: number;
  let url: string;

  beforeEach(async () => {
    agent = agentObject();
    patchStatus = 200;
    interrupt = new AbortController();
    server = await startScriptedServer(({ method, path }, response) => {
      response.setHeader('content-type', 'application/json');
      if (method === 'PATCH') response.statusCode = patchStatus;
      const pods = path.includes('/pods') ? [pod('checkout-1', stable), pod('checkout-2', target)] : [];
      const items = path.includes('/deployments') ? [operator] : pods;
      const isAgent = path.includes('/spagents/checkout');
      const list = path.endsWith('/spagents') || path.includes('/spagents?') ? [agent] : items;
      const message = 'spagents "checkout" is forbidden';
      const body = patchStatus === 403 && method === 'PATCH' ? { message } : agent;
      response.end(JSON.stringify(isAgent ? body : { metadata: {}, items: list }));
    });
    kubeconfig = await kubeconfigOf(server.port);
    const words = ['dashboard', '--port', '0', '--kubeconfig', kubeconfig.file];
    running = startSpagent({ interrupted: interrupt.signal }, ...words);
    url = await eventually('it listens', () => running.out().trim());
  });
  afterEach(async () => {
    interrupt.abort();
    assert.equal((await running.result).code, 0);
    await kubeconfig[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const patches = () =>
    server.arrivals
      .filter(({ method }) => method === 'PATCH')
      .map(({ body }) => JSON.parse(String(body)) as { metadata: { annotations: object } });

  it('lists agents, and shows one as a tree with gates, cause, lookups and history', async () => {
    await using opened = await openPage(url);
    const { page } = opened;
    await page.getByRole('link', { name: 'shop/checkout' }).click();
    await page.getByText('Canary 1 of 2 waits for approval').waitFor();
    const tree = (await page.locator('.tree').textContent()) ?? '';
    for (const part of [
      `revision 2 ${target}`,
      'gate errors',
      '0.1% (at most 1%): few errors',
      'Deployment/checkout',
    ]) {
      assert.ok(tree.includes(part), part);
    }
    assert.ok(tree.indexOf('checkout-2') < tree.indexOf(`revision 1 ${stable}`));
    assert.match((await page.locator('.facts').last().textContent()) ?? '', /2 bbbbbbbbbbbbPending/);
    assert.equal(await page.locator('b').count(), 0, 'text of the cluster is no markup');
    await screenshot(page, 'dashboard-agent');
  });

  it('follows the rollout without being reloaded', async () => {
    await using opened = await openPage(url);
    const { page } = opened;
    await page.getByText('Progressing').first().waitFor();
    agent.status.conditions = agent.status.conditions.map((condition) => ({
      ...condition,
      status: 'True',
      reason: 'Healthy',
    }));
    await page.getByText('Healthy').waitFor();
  });

  it('promotes the step that it shows, and pauses the revision', async () => {
    await using opened = await openPage(url);
    const { page } = opened;
    await page.getByRole('link', { name: 'shop/checkout' }).click();
    await page.getByRole('button', { name: 'Promote this step' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await eventually('both were asked', () => patches().length === 2);
    assert.deepEqual(
      patches().map(({ metadata }) => metadata.annotations),
      [{ [promoteAnnotation]: `${target}/Canary 1 of 2` }, { [pauseAnnotation]: target }],
    );
  });

  it('shows why the user may not do something', async () => {
    patchStatus = 403;
    await using opened = await openPage(url);
    const { page, errors } = opened;
    await page.getByRole('link', { name: 'shop/checkout' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('spagents "checkout" is forbidden').waitFor();
    errors.length = 0;
  });

  it('fits a narrow window, and is readable in the dark', async () => {
    await using opened = await openPage(url, { width: 420, colorScheme: 'dark' });
    const { page } = opened;
    await screenshot(page, 'dashboard-list-narrow-dark');
    await page.getByRole('link', { name: 'shop/checkout' }).click();
    await page.getByText('Canary 1 of 2 waits for approval').waitFor();
    assert.equal(await overflow(page), 0);
    // Not only the window: no cell lies beside what one sees, where a table of its own would scroll.
    const rightMost = await page
      .locator('.facts td')
      .evaluateAll((cells) => Math.max(...cells.map((cell) => cell.getBoundingClientRect().right)));
    assert.ok(rightMost > 0 && rightMost <= 420, `a cell ends at ${rightMost} px`);
    await screenshot(page, 'dashboard-agent-narrow-dark');
  });

  it('takes the token out of the address, and answers nobody without it', async () => {
    await using opened = await openPage(url);
    await opened.page.getByText('shop/checkout').waitFor();
    assert.doesNotMatch(opened.page.url(), /token/);
    const { origin, host } = new URL(url);
    const token = /token=(.*)$/.exec(url)?.[1] ?? '';
    const status = async (headers: Record<string, string>) =>
      (await fetch(`${origin}/api/agents`, { headers })).status;
    assert.equal(await status({}), 401);
    assert.equal(await status({ authorization: 'Bearer wrong' }), 401);
    assert.equal(await status({ authorization: `Bearer ${token}` }), 200);
    const elsewhere = { authorization: `Bearer ${token}`, origin: 'http://evil.example' };
    assert.equal(await status(elsewhere), 403);
    assert.match(host, /^127\.0\.0\.1:/);
  });
});
