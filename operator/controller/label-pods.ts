import type { Action, PodReference } from '../api/actions.ts';
import { podRevisionLabel } from '../api/names.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import type { Owner } from '../render/metadata.ts';
import type { Cache } from './cache.ts';
import { trimPod } from './items.ts';

interface LabelContext {
  readonly client: ClusterClient;
  readonly cache: Cache;
}

/** Requests at the same time: hundreds of pods are to leave a bad revision within a second or two. */
const concurrency = 16;

/**
 * Moves running pods to a revision. All of them are tried, whatever becomes of the others.
 * @throws the first error.
 */
export async function labelPods(
  context: LabelContext,
  agent: Owner,
  { pods, revision }: Extract<Action, { kind: 'LabelPods' }>,
): Promise<void> {
  const labels = { [podRevisionLabel(agent.name)]: revision ?? null };
  const left = pods.values();
  const errors: unknown[] = [];
  const work = async (): Promise<void> => {
    for (const pod of left) {
      await labelPod(context, agent, { pod, labels }).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  if (errors.length > 0) throw errors[0];
}

async function labelPod(
  { client, cache }: LabelContext,
  { namespace }: Owner,
  { pod, labels }: { readonly pod: PodReference; readonly labels: Readonly<Record<string, string | null>> },
): Promise<void> {
  const { name, uid } = pod;
  try {
    const object = await client.json<KubernetesObject>({
      method: 'PATCH',
      path: objectPath({ kind: 'Pod', namespace, name }),
      // With the uid, a pod of the same name that was created meanwhile is left alone.
      body: { metadata: { uid, labels } },
      contentType: 'application/merge-patch+json',
    });
    cache.pods.upsert(trimPod(object));
  } catch (error) {
    // Gone, or another one took its place: the next run sees which.
    if (!hasCode(error, 404) && !hasCode(error, 409)) throw error;
  }
}
