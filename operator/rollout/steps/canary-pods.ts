import type { Pod } from '../../api/pod.ts';

/**
 * Chooses pods for a canary: spread over workloads, then over nodes, oldest first, as those have warm caches and connections.
 * @param canaries pods that are in it already.
 * @param count how many to choose.
 */
export function chooseCanaries(candidates: readonly Pod[], canaries: readonly Pod[], count: number): Pod[] {
  const perWorkload = countBy(canaries, ({ workload }) => workload);
  const perNode = countBy(canaries, ({ node }) => node);
  const left = [...candidates].sort(byAge);
  const chosen: Pod[] = [];
  while (chosen.length < count && left.length > 0) {
    const best = left.reduce((one, other) => {
      const difference =
        countOf(perWorkload, one.workload) - countOf(perWorkload, other.workload) ||
        countOf(perNode, one.node) - countOf(perNode, other.node);
      return difference <= 0 ? one : other;
    });
    left.splice(left.indexOf(best), 1);
    chosen.push(best);
    perWorkload.set(best.workload, countOf(perWorkload, best.workload) + 1);
    perNode.set(best.node, countOf(perNode, best.node) + 1);
  }
  return chosen;
}

function byAge(a: Pod, b: Pod): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}

function countBy<Key>(pods: readonly Pod[], key: (pod: Pod) => Key): Map<Key, number> {
  return new Map([...Map.groupBy(pods, key)].map(([name, group]) => [name, group.length]));
}

function countOf<Key>(counts: ReadonlyMap<Key, number>, key: Key): number {
  return counts.get(key) ?? 0;
}
