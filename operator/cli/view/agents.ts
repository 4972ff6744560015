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

/** With the columns of `kubectl get spagents -o wide`. */
export function wideAgentTable(agents: readonly SpAgent[], now: number): Table {
  const { columns, rows } = agentTable(agents, now);
  return {
    columns: [...columns, 'SOURCE', 'MESSAGE'],
    rows: rows.map((row, index) => [
      ...row,
      agents[index]?.status.filter?.source ?? '-',
      agents[index] ? (readyCondition(agents[index])?.message ?? '-') : '-',
    ]),
  };
}

/** One line that changes when the agent does. */
export function agentLine(agent: SpAgent): string {
  const { status } = agent;
  const ready = readyCondition(agent);
  return [
    `${agent.namespace}/${agent.name}`,
    ready?.reason ?? 'Unknown',
    status.pods ?? '-',
    status.rollout?.message ?? ready?.message ?? '',
  ].join(' ');
}
