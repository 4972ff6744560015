import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { apiServer } from '../../operator/cli/doctor/api-server.ts';
import { checks } from '../../operator/cli/doctor/checks.ts';
import { sidecars } from '../../operator/cli/doctor/sidecars.ts';
import { clientOf } from '../support/kubeconfig.ts';
import { startScriptedServer } from '../support/scripted-server.ts';

const chart = load(readFileSync(new URL('../../charts/Chart.yaml', import.meta.url), 'utf8')) as {
  kubeVersion: string;
};
const oldestMinor = Number(/^>=1\.([0-9]+)\./.exec(chart.kubeVersion)?.[1]);

describe('spagent doctor', () => {
  const states = [
    [oldestMinor - 1, 'Doubtful'],
    [oldestMinor, 'Good'],
  ] as const;
  for (const [minor, state] of states) {
    it(`calls Kubernetes 1.${minor} ${state}, as the chart does`, async () => {
      const version = { major: '1', minor: String(minor), gitVersion: `v1.${minor}.2` };
      await using server = await startScriptedServer((_, response) => {
        response.setHeader('content-type', 'application/json').end(JSON.stringify(version));
      });
      await using client = await clientOf(server.port);
      const connection = { client, namespace: 'default', [Symbol.asyncDispose]: () => Promise.resolve() };
      assert.equal((await apiServer.run(connection)).state, state);
    });
  }
});

describe('the checks of spagent doctor', () => {
  it('have codes of their own, each explained in docs/troubleshooting.md', () => {
    const page = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
    const explained = [...page.matchAll(/^## (SP[0-9]+)$/gm)].map(([, code]) => code);
    assert.deepEqual(
      checks.map(({ code }) => code),
      explained,
    );
  });

  it('find selected pods without a sidecar', async () => {
    const agent = {
      metadata: { namespace: 'shop', name: 'checkout', uid: '', creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { selector: { matchLabels: { app: 'checkout' } } },
    };
    const pod = (name: string, sidecar: object) => ({
      metadata: { name, creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: { containers: [{ name: 'app' }], ...sidecar },
    });
    const pods = [pod('bare', {}), pod('native', { initContainers: [{ name: 'istio-proxy' }] })];
    await using server = await startScriptedServer(({ path }, response) => {
      const items = path.includes('/spagents') ? [agent] : pods;
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ metadata: {}, items }));
    });
    await using client = await clientOf(server.port);
    const connection = { client, namespace: 'shop', [Symbol.asyncDispose]: () => Promise.resolve() };
    assert.deepEqual(await sidecars.run(connection), {
      state: 'Bad',
      message: '1 of 2 selected pods have none: shop/bare',
      remedy: 'kubectl label namespace shop istio-injection=enabled, then restart the workloads',
    });
  });
});
