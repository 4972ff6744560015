import assert from 'node:assert/strict';
import { pino } from 'pino';
import { startOperator, type OperatorOptions } from '../../operator/controller/operator.ts';
import { policy } from '../support/agent.ts';
import { freePorts } from '../support/free-ports.ts';
import { eventually } from '../support/eventually.ts';
import { kubeconfigOf } from '../support/kubeconfig.ts';
import { startScriptedServer, type Script } from '../support/scripted-server.ts';

const agent = {
  apiVersion: 'softprobe.ai/v1alpha1',
  kind: 'SpAgent',
  metadata: { name: 'checkout', namespace: 'shop', uid: 'u', resourceVersion: '1', generation: 1 },
  spec: { selector: { matchLabels: { app: 'checkout' } } },
};

function optionsFor(kubeconfig: string, watchNamespaces: readonly string[]): OperatorOptions {
  return {
    kubeconfig,
    namespace: 'sp-system',
    identity: 'one',
    listen: freePorts,
    moduleBaseUrl: 'http://sp-agent.sp-system.svc:8080',
    leaderElect: false,
    concurrency: 1,
    verifyProxies: false,
    addresses: { allowPrivate: true },
    policy,
    watchNamespaces,
    log: pino({ level: 'silent' }),
  };
}

describe('the operator before its caches', () => {
  it('acts on nothing while a watch is not open, though all is listed', async () => {
    const podWatch = Promise.withResolvers<void>();
    const script: Script = async ({ method, path }, response) => {
      if (method !== 'GET' || path.startsWith('/apis/networking.istio.io'))
        return void response.writeHead(404).end('{}');
      if (path.includes('watch=true')) {
        if (path.includes('/pods?')) await podWatch.promise;
        response.flushHeaders();
      } else {
        const items = path.includes('/spagents?') ? [agent] : [];
        response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
      }
    };
    await using server = await startScriptedServer(script);
    await using kubeconfig = await kubeconfigOf(server.port);
    await using operator = await startOperator(optionsFor(kubeconfig.file, ['shop']));
    await eventually('all to be listed', async () => (await fetch(`${operator.urls.probes}/readyz`)).ok);
    const runs = async () => {
      const text = await (await fetch(`${operator.urls.metrics}/metrics`)).text();
      const total = /^controller_runtime_reconcile_total\{.*result="requeue_after".*\} (\d+)$/m.exec(text);
      return Number(total?.[1] ?? 0);
    };
    const before = await runs();
    await eventually('two more looks', async () => (await runs()) >= before + 2);
    const writes = () => server.arrivals.filter(({ method }) => method !== 'GET');
    assert.deepEqual(writes(), []);
    podWatch.resolve();
    await eventually('a write', () => writes().length > 0);
  });
});

describe('the operator of several namespaces', () => {
  it('becomes ready and works though it has no right in one of them', async () => {
    const script: Script = ({ method, path }, response) => {
      if (path.includes('/namespaces/gone/')) return void response.writeHead(403).end('{}');
      if (method !== 'GET' || path.startsWith('/apis/networking.istio.io'))
        return void response.writeHead(404).end('{}');
      if (path.includes('watch=true')) return response.flushHeaders();
      const items = path.includes('/spagents?') ? [agent] : [];
      response.end(JSON.stringify({ metadata: { resourceVersion: '1' }, items }));
    };
    await using server = await startScriptedServer(script);
    await using kubeconfig = await kubeconfigOf(server.port);
    await using operator = await startOperator(optionsFor(kubeconfig.file, ['gone', 'shop']));
    await eventually('readiness', async () => (await fetch(`${operator.urls.probes}/readyz`)).ok);
    await eventually('a write in the other namespace', () =>
      server.arrivals.some(({ method, path }) => method !== 'GET' && path.includes('/namespaces/shop/')),
    );
  });
});
