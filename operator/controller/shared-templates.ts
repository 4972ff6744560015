import { workloadKey } from '../api/names.ts';
import type { Cache } from './cache.ts';
import type { WorkloadItem } from './items.ts';

/**
 * The workloads of a namespace, each with the labels of its pod template, wherever that is. An Argo Rollout may use the template of a
 * Deployment, which Argo Rollouts then scales to zero: a Deployment without pods is left out, one that has some is marked.
 */
export function withSharedTemplates(
  { replicaSets }: Pick<Cache, 'replicaSets'>,
  items: readonly WorkloadItem[],
): readonly WorkloadItem[] {
  const sources = items.flatMap(({ templateSource }) => templateSource ?? []);
  if (sources.length === 0) return items;
  const shared = new Set(sources.map(({ kind, name }) => workloadKey(kind, name)));
  return items.flatMap((item): WorkloadItem[] => {
    const { kind, namespace, name, templateSource } = item;
    if (templateSource !== undefined) {
      const own = replicaSets.get(namespace, templateSource.replicaSet ?? '');
      return [{ ...item, templateLabels: own?.labels ?? {} }];
    }
    if (!shared.has(workloadKey(kind, name))) return [item];
    return item.desired === 0 && item.total === 0 ? [] : [{ ...item, oddity: 'TemplateShared' }];
  });
}
