import { columns, mark } from '../report.ts';
import { percentile } from '../../soak/tenants/good-tenant.ts';
import type { Phase } from './phases.ts';
import type { BenchSize } from './world.ts';

export interface OperatorFigures {
  readonly options: BenchSize;
  /** One decision about an agent with many workloads. Milliseconds. */
  readonly decision: number;
  readonly rollout: Phase;
  /** Milliseconds. */
  readonly firstActions: readonly number[];
  readonly rest: Phase;
  readonly restart: Phase;
}

interface Row {
  readonly name: string;
  readonly value: number;
  readonly unit?: string;
  /** Goal; undefined: shown only. */
  readonly max?: number;
}

/** Figures against their goals. A busy machine makes times longer, so that nothing fails for them. */
export function reportOperator(figures: OperatorFigures): string[] {
  const { agents, pods, namespaces } = figures.options;
  const line = columns([44, 14]);
  return [
    `${agents} SpAgents, ${agents * pods} pods, ${namespaces} namespaces`,
    ...rows(figures).map(({ name, value, unit = '', max }) =>
      line([
        name,
        `${format(value)} ${unit}`.trimEnd(),
        max === undefined ? '' : mark(value > max, `≤ ${format(max)} ${unit}`.trimEnd()),
      ]),
    ),
  ];
}

function rows({ options, decision, rollout, firstActions, rest, restart }: OperatorFigures): Row[] {
  const { agents } = options;
  return [
    { name: 'until all are Ready: time', value: rollout.seconds, unit: 's' },
    { name: '  CPU', value: rollout.cpuMilliseconds / 1000, unit: 's' },
    { name: '  reconciles of an agent', value: rollout.reconciles / agents },
    { name: '  CPU of a reconcile', value: rollout.cpuMilliseconds / rollout.reconciles, unit: 'ms', max: 3 },
    { name: '  writes of an agent', value: rollout.writes / agents, max: 6 },
    { name: '  resident memory', value: rollout.residentMebibytes, unit: 'MiB', max: 200 },
    {
      name: 'first action after creation: p99',
      value: percentile(firstActions, 0.99),
      unit: 'ms',
      max: 1000,
    },
    { name: 'at rest: CPU of a core', value: rest.cpuMilliseconds / rest.seconds / 10, unit: '%', max: 1 },
    { name: '  reconciles', value: rest.reconciles },
    { name: '  writes', value: rest.writes, max: 0 },
    { name: 'another operator at rest after', value: restart.seconds, unit: 's', max: 15 },
    { name: '  CPU', value: restart.cpuMilliseconds / 1000, unit: 's' },
    { name: '  writes', value: restart.writes, max: 0 },
    { name: 'one decision, 500 workloads and 5,000 pods', value: decision, unit: 'ms', max: 100 },
  ];
}

function format(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: value < 10 ? 2 : 0 });
}
