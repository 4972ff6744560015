import { workloadKey } from '../../api/names.ts';
import type { Verification } from '../../api/pod.ts';
import type { SpAgent } from '../../api/schema.ts';
import type { SelectedPod } from '../pods.ts';
import type { ProxyReport } from '../proxies.ts';
import { ageText } from './age.ts';
import { isReady, readyCondition } from './agents.ts';
import type { Cell, Table } from './table.ts';

/** A line of the tree, with what lies below it. */
export interface TreeNode {
  readonly name: string;
  readonly status: Cell;
  readonly pods?: string;
  readonly age?: string;
  /** What there is to know beside the status, in one line. */
  readonly info?: string;
  readonly children: readonly TreeNode[];
}

/** What a tree is made of. */
export interface AgentTreeInput {
  readonly pods: readonly SelectedPod[];
  /** By the pod's name. */
  readonly proxies: ReadonlyMap<string, ProxyReport>;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** An agent, its revisions, the step of its rollout, their workloads, pods and proxies, as a tree. */
export function agentTree(agent: SpAgent, input: AgentTreeInput): Table {
  const rows = rowsOf(agentNode(agent, input), '', '');
  return { columns: ['NAME', 'STATUS', 'PODS', 'AGE', 'INFO'], rows };
}

/** The same before it is drawn. */
export function agentNode(agent: SpAgent, input: AgentTreeInput): TreeNode {
  return {
    name: `${agent.namespace}/${agent.name}`,
    status: agentStatus(agent),
    pods: agent.status.pods ?? '-',
    age: ageText(agent.createdAt, input.now),
    children: revisionNodes(agent, input),
  };
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
function revisionNodes(agent: SpAgent, input: AgentTreeInput): TreeNode[] {
  const { pods, now } = input;
  const { targetRevision, stableRevision, history = [] } = agent.status;
  const named = [targetRevision, stableRevision, ...history.map(({ revision }) => revision)];
  const inUse = new Set([...pods.map(({ revision }) => revision), targetRevision]);
  const ordered = [...new Set([...named, ...inUse])].filter((revision) => inUse.has(revision));
  return ordered
    .toSorted((left, right) => Number(left === undefined) - Number(right === undefined))
    .filter((revision) => revision !== undefined || pods.some((pod) => pod.revision === undefined))
    .map((revision) => {
      const isTarget = revision !== undefined && revision === targetRevision;
      const own = pods.filter((pod) => pod.revision === revision);
      const workloads = workloadNodes(own, isTarget ? workloadStates(agent) : new Map(), input);
      return {
        name: revisionName(agent, revision),
        status: revisionStatus(agent, revision),
        age: revisionAge(agent, revision, now),
        children: isTarget ? withStep(agent, workloads, now) : workloads,
      };
    });
}

/** The step of the rollout that the workloads are in; a rollout that is complete has none. */
function withStep(
  { status: { rollout } }: SpAgent,
  workloads: readonly TreeNode[],
  now: number,
): readonly TreeNode[] {
  if (rollout === undefined || rollout.state === 'Complete') return workloads;
  const step: TreeNode = {
    name: rollout.step ?? 'rollout',
    status: { text: `◌ ${rollout.state}`, tone: 'pending' },
    ...(rollout.since === undefined ? {} : { age: ageText(rollout.since, now) }),
    info: rollout.message,
    children: [...(rollout.gates ?? []).map(gateNode), ...workloads],
  };
  return [step];
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

type Gate = NonNullable<NonNullable<SpAgent['status']['rollout']>['gates']>[number];

function gateNode({ name, verdict, value, limit, message }: Gate): TreeNode {
  const tones = { Pass: 'good', Fail: 'bad', Inconclusive: 'pending' } as const;
  const marks = { Pass: '✓', Fail: '✗', Inconclusive: '◌' } as const;
  const measured = value === undefined ? '' : `${value}${limit === undefined ? '' : ` (${limit})`}: `;
  return {
    name: `gate ${name}`,
    status: { text: `${marks[verdict]} ${verdict}`, tone: tones[verdict] },
    info: measured + message,
    children: [],
  };
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
  input: AgentTreeInput,
): TreeNode[] {
  const byWorkload = Map.groupBy(pods, ({ workload }) => workload ?? 'Pods without a workload');
  return [...byWorkload].map(([workload, own]) => ({
    name: workload,
    status: states.get(workload) ?? '',
    pods: `${own.filter(({ isReady }) => isReady).length}/${own.length}`,
    children: own
      .toSorted((left, right) => left.name.localeCompare(right.name))
      .map((pod) => podNode(pod, input)),
  }));
}

function podNode(pod: SelectedPod, { proxies, now }: AgentTreeInput): TreeNode {
  const proxy = proxies.get(pod.name);
  return {
    name: pod.name,
    status: podStatus(pod),
    age: ageText(pod.createdAt, now),
    info: pod.hasSidecar ? '' : 'no sidecar',
    children: proxy ? [proxyNode(proxy)] : [],
  };
}

function podStatus({ isReady, isDeleting, phase }: SelectedPod): Cell {
  if (isDeleting) return { text: '◌ Terminating', tone: 'faint' };
  if (isReady) return { text: '✓ Ready', tone: 'good' };
  return phase === 'Failed' ? { text: '✗ Failed', tone: 'bad' } : { text: `◌ ${phase}`, tone: 'pending' };
}

function proxyNode({ verification, lookups }: ProxyReport): TreeNode {
  const counts = lookups ? `${lookups.hits} hits, ${lookups.misses} misses` : '';
  const message = 'message' in verification ? verification.message : counts;
  return { name: 'proxy', status: proxyStatus(verification), info: message, children: [] };
}

function proxyStatus({ state }: Verification): Cell {
  switch (state) {
    case 'Verified':
    case 'Loaded':
      return { text: `✓ ${state}`, tone: 'good' };
    case 'NotVerified':
      return { text: `✗ ${state}`, tone: 'bad' };
    case 'Unknown':
    case 'Unverified':
      return { text: `◌ ${state}`, tone: 'pending' };
  }
}

/** @param branch of the node's own line. @param trunk of the lines below it. */
function rowsOf(node: TreeNode, branch: string, trunk: string): Cell[][] {
  const { name, status, pods = '', age = '', info = '', children } = node;
  return [
    [branch + name, status, pods, age, info],
    ...children.flatMap((child, index) => {
      const isLast = index === children.length - 1;
      return rowsOf(child, `${trunk}${isLast ? '└─ ' : '├─ '}`, `${trunk}${isLast ? '   ' : '│  '}`);
    }),
  ];
}
