import { z } from 'zod';
import { kubectl } from '../cluster/kubectl.ts';
import { namespace } from './agent.ts';

const countSchema = z.object({ sent: z.number(), failed: z.number() });
type Counts = z.output<typeof countSchema>;

/** Thirty requests to inventory, one after the other. */
const script = `(async () => {
  const counts = { sent: 0, failed: 0 };
  while (counts.sent < 30) {
    const response = await fetch('http://inventory:8080/stock/' + counts.sent);
    await response.arrayBuffer();
    counts.sent += 1;
    if (response.status >= 500) counts.failed += 1;
  }
  console.log(JSON.stringify(counts));
})()`;

/**
 * Sends requests from each of the pods, through its sidecar, until the work is done.
 * @returns pod → its requests.
 */
export async function sendWhile(
  kubeconfig: string,
  pods: readonly string[],
  work: Promise<void>,
): Promise<ReadonlyMap<string, Counts>> {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const totals = new Map<string, Counts>();
  const send = async (pod: string) => {
    while (!isDone) {
      const exec = ['exec', '-n', namespace, pod, '-c', 'app', '--', '/usr/local/bin/node', '-e', script];
      const { sent, failed } = countSchema.parse(JSON.parse(await kubectl(kubeconfig, exec)));
      const { sent: before, failed: failedBefore } = totals.get(pod) ?? { sent: 0, failed: 0 };
      totals.set(pod, { sent: before + sent, failed: failedBefore + failed });
    }
  };
  await Promise.all([done, ...pods.map(send)]);
  return totals;
}
