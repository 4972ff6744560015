import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startControlPlane } from '../cluster/control-plane.ts';
import { installIstioCrds } from '../cluster/istio-crds.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { run } from '../tools/run.ts';
import type { ToolName } from '../tools/catalog.ts';
import { ensureTools, tool } from '../tools/tool.ts';
import { applyAgent, followDemoRollout, namespace, showResources } from './agent.ts';
import type { Narrator } from './narrate.ts';
import { startBackend, startOperator } from './operator-process.ts';
import { showRollback } from './rollback.ts';
import { downloadModule, renderedPlugin, showReplay } from './replay.ts';

export const quickStepCount = 7;

export const quickTools: readonly ToolName[] = [
  'envoy',
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
];

/**
 * The main job on a control plane with played pods and a real Envoy beside it. What it starts goes onto the stack.
 * @returns path of the kubeconfig.
 */
export async function quickDemo(stack: AsyncDisposableStack, narrate: Narrator): Promise<string> {
  narrate.step(
    'A Kubernetes control plane: etcd, kube-apiserver, controller-manager, scheduler; kwok plays nodes and pods',
  );
  await ensureTools(quickTools);
  const plane = stack.use(await startControlPlane({ nodes: 3 }));
  narrate.good(`ready at ${plane.url}`);
  const command = async (args: readonly string[]) =>
    narrate.command(`kubectl ${args.join(' ')}`, await kubectl(plane.kubeconfig, args));

  narrate.step('What a user installs');
  await installIstioCrds(plane.kubeconfig);
  narrate.good("Istio's CRDs");
  await command(['apply', '-f', 'crds/']);
  const backend = await startBackend(plane.stateDirectory);
  stack.use(backend.process);
  narrate.good(`the development backend: ${backend.url}`);
  // The gate of the last step is a server on this machine.
  const operator = await startOperator(plane.kubeconfig, plane.stateDirectory, ['--allow-private-urls']);
  stack.use(operator.process);
  narrate.good(`the operator: ${operator.url} (log: ${operator.process.logFile})`);
  await command(['apply', '-f', join('hack', 'demo', 'scenario.yaml')]);
  await command(['rollout', 'status', 'deployment/checkout', '-n', namespace, '--timeout=60s']);

  narrate.step('One SpAgent');
  await applyAgent(plane.kubeconfig, backend.url, narrate);
  await followDemoRollout(plane.kubeconfig, narrate);
  await command(['get', 'spagents', '-A']);

  narrate.step('What the operator made of it');
  await showResources(plane.kubeconfig, narrate);

  narrate.step('The module, from the operator’s own URL, checked by its digest');
  const list: unknown = JSON.parse(
    await kubectl(plane.kubeconfig, ['get', 'envoyfilters', '-n', namespace, '-o', 'json']),
  );
  const plugin = renderedPlugin((list as { items: unknown[] }).items[0]);
  const module = await downloadModule(plugin, plane.stateDirectory);
  narrate.command(`curl -O ${plugin.moduleUrl}`, '');
  narrate.good(`sha256 ${plugin.digest}`);

  narrate.step(`A real Envoy ${await envoyVersion()} runs it`);
  await showReplay({ plugin, module, backendUrl: backend.url }, narrate);

  narrate.step('A revision that a check of your own refuses: one pod tries it, and no pod restarts');
  const check = await startRefusingCheck();
  stack.use(check);
  const gates = [{ name: 'smoke', webhook: { url: check.url } }];
  const rollout = { canary: [{ pods: 1, bake: '5m' }], gates };
  await showRollback(plane.kubeconfig, { lookup: { onError: 'Fail' }, rollout }, narrate);
  return plane.kubeconfig;
}

async function envoyVersion(): Promise<string> {
  const output = await run([await tool('envoy'), '--version'], { timeoutSeconds: 30 });
  return /\/([0-9.]+)\//.exec(output)?.[1] ?? output.trim();
}

/** A team's own check of a new revision, which finds it bad. */
async function startRefusingCheck() {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(403).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/verify`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
