import { z } from 'zod';
import type { ClusterClient } from '../../cluster/client.ts';
import { readBeginning } from '../../cluster/bounded-body.ts';
import { collectionPath, objectPath } from '../../cluster/kinds.ts';
import { listAll } from '../../cluster/list-pages.ts';
import { findOperators, operatorSelector } from '../operators.ts';
import type { Collector } from './collector.ts';

const linesMax = 5000;
const bytesMax = 2 * 1024 * 1024;

const pods = z.array(z.object({ metadata: z.object({ name: z.string() }) }));

/** Deployments of the operator, and the ends of its pods' logs. */
export async function addOperators(collector: Collector, client: ClusterClient): Promise<void> {
  const operators = (await collector.part('operators', () => findOperators(client))) ?? [];
  collector.addObjects('operators.json', operators);
  for (const namespace of new Set(operators.map((operator) => operator.namespace))) {
    const found = await collector.part(`the operator's pods in ${namespace}`, async () => {
      const query = { labelSelector: operatorSelector };
      return pods.parse(await listAll(client, { path: collectionPath('Pod', namespace), query }));
    });
    for (const { metadata } of found ?? []) {
      await collector.part(`log of Pod ${namespace}/${metadata.name}`, async () => {
        const response = await client.request({
          path: objectPath({ kind: 'Pod', namespace, name: metadata.name }, 'log'),
          query: { tailLines: String(linesMax), limitBytes: String(bytesMax) },
          accept: '*/*',
        });
        collector.addText(`operator/${metadata.name}.log`, await readBeginning(response, bytesMax));
      });
    }
  }
}
