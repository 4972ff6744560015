import { workloadKey } from '../../api/names.ts';
import type { SpAgent } from '../../api/schema.ts';
import type { SelectedPod } from '../pods.ts';
import { ageText } from './age.ts';
import { isReady, readyCondition } from './agents.ts';
import type { Cell, Table } from './table.ts';

interface Node {
  /** Name, status, pods, age. */
  readonly cells: readonly [string, Cell, string, string];
  readonly children: readonly Node[];
}

/** An agent, its revisions, their workloads and pods, as a tree. */
export function agentTree(agent: SpAgent, pods: readonly SelectedPod[], now: number): Table {
  const revisions = revisionNodes(agent, pods, now);
  const root: Node = {
    cells: [
      `${agent.namespace}/${agent.name}`,
      agentStatus(agent),
      agent.status.pods ?? '-',
      ageText(agent.createdAt, now),
    ],
    children: revisions,
  };
  return { columns: ['NAME', 'STATUS', 'PODS', 'AGE'], rows: rowsOf(root, '', '') };
}

function agentStatus(agent: SpAgent): Cell {
  if (agent.deletedAt !== undefined) return { text: '◌ Deleting', tone: 'pending' };
  if (isReady(agent)) return { text: '✓ Healthy', tone: 'good' };
  const reason = readyCondition(agent)?.reason ?? 'Unknown';
  const isFailed = agent.status.conditions?.some(
    ({ type, status }) => type === 'Degraded' && status === 'True',
  );
  return isFailed ? { text: `✗ ${reason}`, tone: 'bad' } : { text: `◌ ${reason}`, tone: 'pending' };
}

/** Revisions that pods run, or are to run; pods without one come last. */
function revisionNodes(agent: SpAgent, pods: readonly SelectedPod[], now: number): Node[] {
  const { targetRevision, stableRevision, history = [] } = agent.status;
  const named = [targetRevision, stableRevision, ...history.map(({ revision }) => revision)];
  const inUse = new Set([...pods.map(({ revision }) => revision), targetRevision]);
  const ordered = [...new Set([...named, ...inUse])].filter((revision) => inUse.has(revision));
  return ordered
    .toSorted((left, right) => Number(left === undefined) - Number(right === undefined))
    .filter((revision) => revision !== undefined || pods.some((pod) => pod.revision === undefined))
    .map((revision) => ({
      cells: [
        revisionName(agent, revision),
        revisionStatus(agent, revision),
        '',
        revisionAge(agent, revision, now),
      ],
      children: workloadNodes(
        pods.filter((pod) => pod.revision === revision),
        revision === targetRevision ? workloadStates(agent) : new Map(),
        now,
      ),
    }));
}

function revisionName({ status }: SpAgent, revision: string | undefined): string {
  if (revision === undefined) return 'no revision';
  const entry = status.history?.find((candidate) => candidate.revision === revision);
  return entry ? `revision ${entry.revisionNumber} ${revision}` : `revision ${revision}`;
}

function revisionStatus({ status }: SpAgent, revision: string | undefined): Cell {
  if (revision === undefined) return { text: 'without the filter', tone: 'faint' };
  const outcome = status.history?.find((entry) => entry.revision === revision)?.outcome;
  const roles = [
    ...(revision === status.targetRevision ? ['target'] : []),
    ...(revision === status.stableRevision ? ['stable'] : []),
    ...(outcome === 'Failed' ? ['failed'] : []),
  ];
  const text = roles.join(', ');
  return outcome === 'Failed' ? { text, tone: 'bad' } : text;
}

function revisionAge({ status }: SpAgent, revision: string | undefined, now: number): string {
  const createdAt = status.history?.find((entry) => entry.revision === revision)?.createdAt;
  return createdAt === undefined ? '' : ageText(createdAt, now);
}

/** How many of a workload's proxies run the target revision, by the workload's key. */
function workloadStates({ status }: SpAgent): Map<string, string> {
  const workloads = status.workloads ?? [];
  return new Map(
    workloads.map(({ kind, name, verified, loaded = 0 }) => [
      workloadKey(kind, name),
      loaded === 0 ? `${verified} verified` : `${verified} verified, ${loaded} loaded`,
    ]),
  );
}

/** @param states of the workloads that take the revision, by their keys. */
function workloadNodes(
  pods: readonly SelectedPod[],
  states: ReadonlyMap<string, string>,
  now: number,
): Node[] {
  const byWorkload = Map.groupBy(pods, ({ workload }) => workload ?? 'Pods without a workload');
  return [...byWorkload].map(([workload, own]) => ({
    cells: [
      workload,
      states.get(workload) ?? '',
      `${own.filter(({ isReady }) => isReady).length}/${own.length}`,
      '',
    ],
    children: own
      .toSorted((left, right) => left.name.localeCompare(right.name))
      .map((pod) => ({ cells: [pod.name, podStatus(pod), '', ageText(pod.createdAt, now)], children: [] })),
  }));
}

function podStatus({ isReady, isDeleting, phase }: SelectedPod): Cell {
  if (isDeleting) return { text: '◌ Terminating', tone: 'faint' };
  if (isReady) return { text: '✓ Ready', tone: 'good' };
  return phase === 'Failed' ? { text: '✗ Failed', tone: 'bad' } : { text: `◌ ${phase}`, tone: 'pending' };
}

/** @param branch of the node's own line. @param trunk of the lines below it. */
function rowsOf({ cells: [name, ...others], children }: Node, branch: string, trunk: string): Cell[][] {
  return [
    [branch + name, ...others],
    ...children.flatMap((child, index) => {
      const isLast = index === children.length - 1;
      return rowsOf(child, `${trunk}${isLast ? '└─ ' : '├─ '}`, `${trunk}${isLast ? '   ' : '│  '}`);
    }),
  ];
}
