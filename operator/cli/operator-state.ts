import { z } from 'zod';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';
import { findOperators, type OperatorDeployment } from './operators.ts';
import type { OperatorState } from './view/diagnose-agent.ts';

/** The one that the replicas of the operator stand for: see `--leader-elect`. */
const leaseName = 'sp-agent';
/** Seconds by which the clocks of the cluster and of this machine may differ. */
const clockToleranceSeconds = 60;

const lease = z.object({
  spec: z.object({
    holderIdentity: z.string().default(''),
    leaseDurationSeconds: z.number().default(15),
    renewTime: z.string().optional(),
  }),
});

/** Whether an operator runs: its Deployment has ready pods, and one of them renews the Lease. */
export async function operatorState(client: ClusterClient): Promise<OperatorState> {
  // Most users may not list Deployments of other namespaces: that says nothing about the operator.
  const operators = await findOperators(client).catch(() => undefined);
  if (operators === undefined) return { state: 'Unknown' };
  const ready = operators.filter(({ readyReplicas }) => readyReplicas > 0);
  if (ready.length === 0) {
    const message = 'no Deployment labelled app.kubernetes.io/name=sp-agent has a ready pod';
    return { state: 'NotRunning', message };
  }
  const complaints = await Promise.all(ready.map((operator) => leaseComplaint(client, operator)));
  const [complaint] = complaints;
  // One that leads is enough.
  if (complaint === undefined || complaints.includes(undefined)) return { state: 'Running' };
  return { state: 'NotRunning', message: complaint };
}

/** @returns undefined where the Lease is held, or cannot be read. */
async function leaseComplaint(
  client: ClusterClient,
  { namespace }: OperatorDeployment,
): Promise<string | undefined> {
  const object = await client
    .json({ path: objectPath({ kind: 'Lease', namespace, name: leaseName }) })
    .catch(() => undefined);
  const parsed = lease.safeParse(object);
  if (!parsed.success) return undefined;
  const { holderIdentity, leaseDurationSeconds, renewTime } = parsed.data.spec;
  const name = `Lease ${namespace}/${leaseName}`;
  if (holderIdentity === '') return `${name} has no holder`;
  const renewed = Date.parse(renewTime ?? '');
  const isStale = Date.now() - renewed > (leaseDurationSeconds + clockToleranceSeconds) * 1000;
  return isStale ? `${name} was last renewed at ${renewTime}` : undefined;
}
