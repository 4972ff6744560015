import { z } from 'zod';
import { kubectl } from '../cluster/kubectl.ts';
import { agentName, demoRollout, namespace } from './agent.ts';
import type { Narrator } from './narrate.ts';
import { followRollout } from './rollout-view.ts';

const podList = z.object({
  items: z.array(z.object({ metadata: z.object({ name: z.string(), uid: z.string() }) })),
});

export async function podsOfCheckout(kubeconfig: string) {
  const list = ['get', 'pods', '-n', namespace, '-l', `app=${agentName}`, '-o', 'json'];
  return podList.parse(JSON.parse(await kubectl(kubeconfig, list))).items.map(({ metadata }) => metadata);
}

/**
 * Asks for a revision that a gate refuses, and shows how its canary is switched there and back.
 * @param spec the part of the SpAgent's spec that changes.
 * @throws when a pod was replaced, or the rollback takes longer than two minutes.
 */
export async function showRollback(kubeconfig: string, spec: object, narrate: Narrator): Promise<void> {
  const uids = async () => (await podsOfCheckout(kubeconfig)).map(({ uid }) => uid).sort();
  const before = await uids();
  const patch = JSON.stringify({ spec });
  const args = ['patch', 'spagent', agentName, '-n', namespace, '--type=merge', '-p', patch];
  const output = await kubectl(kubeconfig, args);
  narrate.command(`kubectl ${args.slice(0, -1).join(' ')} '${patch}'`, output);
  const rolledBack = { type: 'Degraded', status: 'True', reason: 'RolledBack' };
  await followRollout(demoRollout(kubeconfig), { until: rolledBack, show: narrate.line });
  for (const reason of ['CanaryStarted', 'GateFailed', 'SwitchedBack']) {
    const events = ['get', 'events', '-n', namespace, '--field-selector', `reason=${reason}`];
    narrate.command(`kubectl ${events.join(' ')}`, await kubectl(kubeconfig, events));
  }
  const after = await uids();
  if (after.join() !== before.join()) throw new Error('a pod was replaced during the rollback');
  narrate.good('every pod runs the revision before again, and none was restarted');
}
