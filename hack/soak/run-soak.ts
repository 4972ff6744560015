import { messageOf } from '../../operator/api/errors.ts';
import { selfSigned } from '../cluster/self-signed.ts';
import { randomFrom } from '../random.ts';
import { deploymentObject, type SoakCluster } from './cluster.ts';
import { endViolations } from './end.ts';
import type { FaultTarget } from './faults/fault.ts';
import { scheduleFaults, type ScheduleOptions } from './faults/schedule.ts';
import { agentChanges, podsOfAgent, type Changes } from './load/changes.ts';
import { podChurn, type Churn } from './load/churn.ts';
import { startModuleServer } from './module-server.ts';
import { startObserver, type Observer } from './observer/observer.ts';
import { WriteLog } from './observer/write-log.ts';
import { startReplica, type Replica, type ReplicaOptions } from './replica.ts';
import { runFaults } from './run-faults.ts';

export interface SoakOptions extends ScheduleOptions {
  readonly cluster: SoakCluster;
  /** Agents that exist at the same time, at most. */
  readonly agents: number;
  /** Pods that no agent selects. */
  readonly otherPods: number;
  /** Pods that are deleted in a second. */
  readonly churn: number;
  readonly log: (line: string) => void;
}

export interface SoakResult {
  readonly violations: readonly string[];
  readonly faults: number;
  readonly changes: Changes['counts'];
  readonly podsDeleted: number;
  readonly pictures: number;
  readonly writes: number;
  readonly takeovers: number;
  /** The most that a process of the operator took. */
  readonly residentMebibytes: number;
}

const system = 'soak-system';
const agents = 'soak-agents';
const others = 'soak-others';
const replicaNames = ['operator-a', 'operator-b'];
const deploymentsOfOthers = 10;

/** One run: agents and pods change, faults happen, and an observer judges. */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { cluster, seed, log } = options;
  await using started = new AsyncDisposableStack();
  for (const name of [system, agents, others]) await cluster.addNamespace(name);
  await addOthers(options);
  const modules = started.use(await startModuleServer());
  const violations: string[] = [];
  const violated = (violation: string) => {
    log(`VIOLATION ${violation}`);
    violations.push(violation);
  };
  const writeLog = new WriteLog(violated);
  const replicas = await startReplicas(started, cluster, { writeLog, violated });
  const random = randomFrom(seed);
  const changes = agentChanges({ cluster, modules, random, namespace: agents, agents: options.agents });
  const churn = podChurn({
    ...{ cluster, random: randomFrom(seed + 1), namespaces: [agents, others] },
    podsPerSecond: options.churn,
  });
  await changes.begin();
  const { kubeconfig } = cluster.plane;
  const observer = startObserver({ kubeconfig, namespace: agents, replicas, violated });
  started.use(observer);
  const leader = () =>
    replicas.find((replica) => replica.processName() === writeLog.leader()) ?? firstOf(replicas);
  const { plane, client } = cluster;
  const target: FaultTarget = { plane, client, namespace: system, replicas, modules, leader };
  const planned = scheduleFaults(options);
  await underLoad([changes, churn], () => runFaults({ planned, target, log })).catch((error: unknown) =>
    violated(`the run was cut off: ${messageOf(error)}`),
  );
  log('the last fault is over: waiting for the state that would be without faults');
  const end = { client: observer.client, namespace: agents, podsOfAgent, writeLog, replicas };
  for (const violation of await endViolations(end)) violated(violation);
  await started.disposeAsync();
  return resultOf({ violations, faults: planned.length, changes, churn, observer, writeLog });
}

function firstOf([first]: readonly Replica[]): Replica {
  if (first === undefined) throw new Error('a run needs a replica');
  return first;
}

async function startReplicas(
  started: AsyncDisposableStack,
  { plane }: SoakCluster,
  { writeLog, violated }: { writeLog: WriteLog; violated: (violation: string) => void },
): Promise<Replica[]> {
  const certificates = [await selfSigned(['IP:127.0.0.1']), await selfSigned(['IP:127.0.0.1'])] as const;
  const shared: Omit<ReplicaOptions, 'name'> = {
    plane,
    certificates,
    flags: [
      `--namespace=${system}`,
      `--watch-namespaces=${agents},${others}`,
      '--allow-private-urls',
      // As a Service: replicas with other addresses would give each agent other revisions.
      `--module-base-url=http://sp-agent.${system}.svc:8080`,
    ],
    accepted: (write) => writeLog.accept(write),
    crashed: violated,
  };
  const replicas: Replica[] = [];
  for (const name of replicaNames) replicas.push(started.use(await startReplica({ ...shared, name })));
  return replicas;
}

async function addOthers({ cluster, otherPods }: SoakOptions): Promise<void> {
  const replicas = Math.ceil(otherPods / deploymentsOfOthers);
  for (let index = 0; index < deploymentsOfOthers; index++) {
    await cluster.create('Deployment', others, deploymentObject(`other-${index}`, replicas));
  }
}

/** Does this while everything changes. */
async function underLoad(
  loads: readonly { run(signal: AbortSignal): Promise<void> }[],
  act: () => Promise<void>,
): Promise<void> {
  const stopped = new AbortController();
  const running = Promise.all(loads.map((load) => load.run(stopped.signal)));
  try {
    await act();
  } finally {
    stopped.abort();
    await running;
  }
}

interface Parts extends Pick<SoakResult, 'violations' | 'faults'> {
  readonly changes: Changes;
  readonly churn: Churn;
  readonly observer: Observer;
  readonly writeLog: WriteLog;
}

function resultOf({ violations, faults, changes, churn, observer, writeLog }: Parts): SoakResult {
  return {
    violations,
    faults,
    changes: changes.counts,
    podsDeleted: churn.deleted(),
    pictures: observer.pictures(),
    writes: writeLog.writes,
    takeovers: writeLog.takeovers,
    residentMebibytes: Math.max(0, ...observer.memory().map((one) => one.residentMebibytes)),
  };
}
