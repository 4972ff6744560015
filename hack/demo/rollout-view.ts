import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { z } from 'zod';
import { kubectl } from '../cluster/kubectl.ts';

const podList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({
        name: z.string(),
        labels: z.record(z.string(), z.string()).default({}),
        deletionTimestamp: z.string().optional(),
      }),
      status: z.object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
      }),
    }),
  ),
});

const agentSchema = z.object({
  status: z
    .object({
      conditions: z
        .array(z.object({ type: z.string(), status: z.string(), reason: z.string(), message: z.string() }))
        .default([]),
    })
    .default({ conditions: [] }),
});

export interface Watched {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly agent: string;
  readonly selector: string;
}

const deadlineSeconds = 120;

interface Following {
  /** The condition that ends it; any reason, if absent. */
  readonly until: { readonly type: string; readonly status: string; readonly reason?: string };
  readonly show: (line: string) => void;
}

/**
 * Shows each change of the agent's conditions and of its pods until a condition holds.
 * @throws when that takes longer than two minutes, with the conditions as they stand.
 */
export async function followRollout(watched: Watched, { until, show }: Following): Promise<void> {
  const shown = new Map<string, string>();
  const showChange = (key: string, text: string) => {
    if (shown.get(key) === text) return;
    shown.set(key, text);
    show(text);
  };
  let conditions: Awaited<ReturnType<typeof readConditions>> = [];
  const isOver = async () => {
    conditions = await readConditions(watched);
    for (const { type, status, reason, message } of conditions) {
      if (type !== 'Ready') showChange(type, `${type}=${status} (${reason}) ${message}`.slice(0, 160));
    }
    for (const [name, state] of await podStates(watched)) showChange(name, `pod ${name} ${state}`);
    return conditions.some((one) =>
      Object.entries({ ...one, ...until }).every(([key, value]) => one[key as keyof typeof one] === value),
    );
  };
  if (await repeatUntil(isOver, { seconds: deadlineSeconds, pollMilliseconds: 150 })) return;
  throw new Error(
    `SpAgent ${watched.namespace}/${watched.agent}: ${until.type} is not ${until.status}: ${JSON.stringify(conditions, null, 2)}`,
  );
}

async function readConditions(watched: Watched) {
  const output = await kubectl(watched.kubeconfig, [
    'get',
    'spagent',
    watched.agent,
    '-n',
    watched.namespace,
    '-o',
    'json',
  ]);
  return agentSchema.parse(JSON.parse(output)).status.conditions;
}

async function podStates(watched: Watched): Promise<Map<string, string>> {
  const output = await kubectl(watched.kubeconfig, [
    'get',
    'pods',
    '-n',
    watched.namespace,
    '-l',
    watched.selector,
    '-o',
    'json',
  ]);
  const states = podList.parse(JSON.parse(output)).items.map(({ metadata, status }): [string, string] => {
    const revision = metadata.labels[`revision.softprobe.ai/${watched.agent}`];
    const isReady = status.conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
    const state = metadata.deletionTimestamp ? 'ends' : isReady ? 'is ready' : 'starts';
    return [metadata.name, `${state}${revision ? `, revision ${revision}` : ', without the filter'}`];
  });
  return new Map(states);
}
