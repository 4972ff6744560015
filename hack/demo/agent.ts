import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { kubectl } from '../cluster/kubectl.ts';
import type { Narrator } from './narrate.ts';
import { followRollout, type Watched } from './rollout-view.ts';

export const namespace = 'shop';
export const agentName = 'checkout';

/** Shows and applies the demo's SpAgent, with the backend of this run. */
export async function applyAgent(kubeconfig: string, backendUrl: string, narrate: Narrator): Promise<void> {
  const manifest = await readFile(new URL('agent.yaml', import.meta.url), 'utf8');
  const file = join(dirname(kubeconfig), 'agent.yaml');
  await writeFile(file, manifest.replace('BACKEND_URL', backendUrl));
  narrate.line(await readFile(file, 'utf8'));
  narrate.command('kubectl apply -f agent.yaml', await kubectl(kubeconfig, ['apply', '-f', file]));
}

export function demoRollout(kubeconfig: string): Watched {
  return { kubeconfig, namespace, agent: agentName, selector: 'app=checkout' };
}

export function followDemoRollout(kubeconfig: string, narrate: Narrator): Promise<void> {
  const ready = { type: 'Ready', status: 'True' };
  return followRollout(demoRollout(kubeconfig), { until: ready, show: narrate.line });
}

/** What the operator rendered, recorded and reported. */
export async function showResources(kubeconfig: string, narrate: Narrator): Promise<void> {
  const kinds = 'envoyfilters,wasmplugins,trafficextensions,serviceentries,destinationrules,spagentrevisions';
  for (const args of [
    ['get', kinds, '-n', namespace],
    ['get', 'events', '-n', namespace, '--field-selector', 'involvedObject.kind=SpAgent'],
  ]) {
    narrate.command(`kubectl ${args.join(' ')}`, await kubectl(kubeconfig, args));
  }
}
