import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { proxyPath } from '../../operator/cluster/kinds.ts';
import { helm } from '../cluster/helm.ts';
import { kubectl } from '../cluster/kubectl.ts';
import { operatorImage, writeOperatorImage } from '../image/operator-image.ts';
import { startMesh, type Mesh } from '../mesh/mesh.ts';
import { applyAgent, agentName, followDemoRollout, namespace, showResources } from './agent.ts';
import { podsOfCheckout, showRollback } from './rollback.ts';
import { sendWhile } from './traffic.ts';
import { awaitRecording } from './await-recording.ts';
import type { Narrator } from './narrate.ts';

export const meshStepCount = 6;

/** How the operator's backend is reached inside the mesh. */
const backendUrl = 'http://recorder.shop.svc.cluster.local:8787';

/**
 * The main job where users run it: a real node, real Istio, the operator installed by its chart. What it starts goes onto
 * the stack.
 * @returns path of the kubeconfig.
 */
export async function meshDemo(stack: AsyncDisposableStack, narrate: Narrator): Promise<string> {
  narrate.step('A Kubernetes node and Istio on this machine: containerd, kubelet, istiod, sidecars');
  const mesh = stack.use(await startMesh({ log: narrate.line }));
  const command = async (args: readonly string[]) =>
    narrate.command(`kubectl ${args.join(' ')}`, await kubectl(mesh.kubeconfig, args));
  narrate.good('ready');

  narrate.step('What a user installs');
  await loadOperatorImage(mesh);
  narrate.good(`the operator's image, ${operatorImage.repository}:${operatorImage.tag}`);
  await command(['apply', '-f', 'crds/']);
  const install = ['install', 'sp-agent', 'charts/', '-n', 'sp-system', '--create-namespace'];
  const image = ['repository', 'tag'] as const;
  const settings = [...image.map((key) => `image.${key}=${operatorImage[key]}`), 'image.pullPolicy=Never'];
  await helm(mesh.kubeconfig, [
    ...install,
    ...settings.flatMap((value) => ['--set', value]),
    '--wait',
    '--timeout=90s',
  ]);
  narrate.command(`helm ${install.join(' ')}`, '');
  await openShop(mesh, narrate);

  narrate.step('One SpAgent');
  await applyAgent(mesh.kubeconfig, backendUrl, narrate);
  await followDemoRollout(mesh.kubeconfig, narrate);
  await command(['get', 'spagents', '-A']);

  narrate.step('What the operator made of it');
  await showResources(mesh.kubeconfig, narrate);

  narrate.step("A request of checkout's, through its sidecar");
  await showReplay(mesh, narrate);

  narrate.step('A revision with a mistake: one pod tries it, a gate finds it, and no pod restarts');
  await showBadRevision(mesh, narrate);
  return mesh.kubeconfig;
}

async function loadOperatorImage(mesh: Mesh): Promise<void> {
  const archive = join(dirname(mesh.kubeconfig), 'operator.tar');
  await writeOperatorImage(archive);
  await mesh.loadImage(archive);
}

async function openShop({ kubeconfig }: Mesh, narrate: Narrator): Promise<void> {
  const image = `${operatorImage.repository}:${operatorImage.tag}`;
  const manifest = await readFile(new URL('shop.yaml', import.meta.url), 'utf8');
  const file = join(dirname(kubeconfig), 'shop.yaml');
  await writeFile(file, manifest.replaceAll('IMAGE', image));
  narrate.command('kubectl apply -f shop.yaml', await kubectl(kubeconfig, ['apply', '-f', file]));
  for (const name of ['recorder', 'inventory', 'checkout']) {
    await kubectl(kubeconfig, ['rollout', 'status', `deployment/${name}`, '-n', namespace, '--timeout=90s']);
  }
  narrate.good('checkout, inventory and the development backend run, each with its sidecar');
}

const script = `fetch('http://inventory:8080/apples', { headers: { 'x-softprobe-session-id': 'demo' } })
  .then(async (answer) => console.log(answer.status, await answer.text()))`;

async function ask({ kubeconfig }: Mesh): Promise<string> {
  const exec = ['exec', '-n', namespace, `deployment/${agentName}`, '-c', 'app', '--'];
  return kubectl(kubeconfig, [...exec, '/usr/local/bin/node', '-e', script]);
}

const recorder = { kind: 'Service', namespace, name: 'recorder', port: 8787 } as const;
const recordingsPath = proxyPath(recorder, 'api', 'recordings');

async function showReplay(mesh: Mesh, narrate: Narrator): Promise<void> {
  const miss = await ask(mesh);
  narrate.command('checkout: curl http://inventory:8080/apples', miss);
  narrate.good('a miss: the answer came from inventory');
  await awaitRecording(
    async () => JSON.parse(await kubectl(mesh.kubeconfig, ['get', '--raw', recordingsPath])) as unknown,
  );
  narrate.good('saved: the development backend has it');
  const scale = ['scale', 'deployment/inventory', '--replicas=0', '-n', namespace];
  narrate.command(`kubectl ${scale.join(' ')}`, await kubectl(mesh.kubeconfig, scale));
  const gone = ['wait', '--for=delete', 'pod', '-l', 'app=inventory', '-n', namespace, '--timeout=60s'];
  await kubectl(mesh.kubeconfig, gone);
  const hit = await ask(mesh);
  narrate.command('checkout: curl http://inventory:8080/apples', hit);
  if (hit !== miss) throw new Error('the replayed answer is not the recorded one');
  narrate.good('a hit: the recorded answer, byte for byte, with no inventory running');
}

/** The wrong port, and requests are to fail where a lookup does: as in a careless change. */
const badSpec = {
  backend: { url: backendUrl.replace('8787', '8788') },
  lookup: { onError: 'Fail' },
  rollout: {
    canary: [{ pods: 1, bake: '5m' }],
    gates: [{ name: 'errors', proxies: { maxErrorIncrease: '5%', minRequests: 20 } }],
  },
};

async function showBadRevision({ kubeconfig }: Mesh, narrate: Narrator): Promise<void> {
  const scale = ['scale', 'deployment/inventory', '--replicas=1', '-n', namespace];
  narrate.command(`kubectl ${scale.join(' ')}`, await kubectl(kubeconfig, scale));
  await kubectl(kubeconfig, ['rollout', 'status', 'deployment/inventory', '-n', namespace, '--timeout=60s']);
  const pods = (await podsOfCheckout(kubeconfig)).map(({ name }) => name);
  narrate.line('from now on every pod of checkout sends requests');
  const counts = await sendWhile(kubeconfig, pods, showRollback(kubeconfig, badSpec, narrate));
  for (const [pod, { sent, failed }] of counts) {
    narrate.line(`pod ${pod}: ${failed} of ${sent} requests failed`);
  }
}
