import type { SpAgent } from '../../api/schema.ts';
import type { Condition } from '../../api/status-schema.ts';
import { ageText } from './age.ts';
import type { Cell, Table } from './table.ts';

/** The same columns as `kubectl get spagents`. */
export function agentTable(agents: readonly SpAgent[], now: number): Table {
  return {
    columns: ['NAMESPACE', 'NAME', 'READY', 'STATUS', 'PODS', 'FILTER', 'REVISION', 'AGE'],
    rows: agents.map((agent) => {
      const ready = readyCondition(agent);
      return [
        agent.namespace,
        agent.name,
        conditionCell(ready),
        ready?.reason ?? 'Unknown',
        agent.status.pods ?? '-',
        agent.status.filter?.shortDigest ?? '-',
        agent.status.revisionNumber?.toString() ?? '-',
        ageText(agent.createdAt, now),
      ];
    }),
  };
}

export function readyCondition(agent: SpAgent): Condition | undefined {
  return agent.status.conditions?.find(({ type }) => type === 'Ready');
}

export function isReady(agent: SpAgent): boolean {
  const ready = readyCondition(agent);
  return ready?.status === 'True' && ready.observedGeneration === agent.generation;
}

function conditionCell(condition: Condition | undefined): Cell {
  switch (condition?.status) {
    case 'True':
      return { text: 'True', tone: 'good' };
    case 'False':
      return { text: 'False', tone: 'bad' };
    case 'Unknown':
    case undefined:
      return { text: 'Unknown', tone: 'pending' };
  }
}

/** Everything about one agent: what it wants, where it is, why. */
export function agentDetail(agent: SpAgent, now: number): readonly Table[] {
  const { conditions = [], workloads = [] } = agent.status;
  return [
    agentTable([agent], now),
    {
      columns: ['CONDITION', 'STATUS', 'REASON', 'SINCE', 'MESSAGE'],
      rows: conditions.map(({ type, status, reason, lastTransitionTime, message }) => [
        type,
        status,
        reason,
        ageText(lastTransitionTime, now),
        message,
      ]),
    },
    {
      columns: ['WORKLOAD', 'DESIRED', 'UPDATED', 'READY', 'VERIFIED'],
      rows: workloads.map(({ kind, name, desired, updated, ready, verified, loaded = 0 }) => [
        `${kind}/${name}`,
        ...[desired, updated, ready].map(String),
        loaded === 0 ? String(verified) : `${verified}, ${loaded} loaded`,
      ]),
    },
  ].filter(({ rows }) => rows.length > 0);
}
