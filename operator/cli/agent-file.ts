import { loadAll } from 'js-yaml';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { agentKind } from '../api/names.ts';
import { parseAgent } from '../api/parse.ts';
import type { SpAgent } from '../api/schema.ts';
import { Failure, UsageFailure } from './failure.ts';

const document = z.looseObject({
  kind: z.string().optional(),
  metadata: z.looseObject({ namespace: z.string().optional() }).optional(),
});

/**
 * The agents in a YAML file, with defaults filled in. Documents of other kinds are passed over.
 * @param file `-` reads the standard input.
 */
export async function readAgentFile(file: string, namespace = 'default'): Promise<SpAgent[]> {
  const agents = parseYaml(await readInput(file), file).flatMap((value) => {
    const parsed = document.safeParse(value);
    if (!parsed.success || parsed.data.kind !== agentKind) return [];
    return [agentOf({ ...parsed.data, metadata: { namespace, ...parsed.data.metadata } })];
  });
  if (agents.length === 0) throw new Failure(`${file}: holds no ${agentKind}`);
  return agents;
}

async function readInput(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new UsageFailure(`${file}: cannot be read`, { cause });
  }
}

function parseYaml(source: string, file: string): unknown[] {
  try {
    return loadAll(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n', 1)[0] : String(cause);
    throw new Failure(`${file}: not YAML: ${reason}`, { cause });
  }
}

/** What the API server would add is filled in: it has no part in rendering. */
export function agentOf(object: { readonly metadata: object }): SpAgent {
  const parsed = parseAgent({ ...object, metadata: { uid: '', creationTimestamp: '', ...object.metadata } });
  if ('error' in parsed) throw new Failure(parsed.error);
  return parsed.agent;
}
