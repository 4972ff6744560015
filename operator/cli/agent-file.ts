import { loadAll } from 'js-yaml';
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { z } from 'zod';
import { messageOf } from '../api/errors.ts';
import { agentKind } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import { readAgentObject, type AgentObject } from './agent-object.ts';
import { Failure } from './failure.ts';
import { withGivenFile } from './given-file.ts';

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
  return withGivenFile(`--file ${file}`, () => readFile(file, 'utf8'), 'give YAML with SpAgents');
}

function parseYaml(source: string, file: string): unknown[] {
  try {
    return loadAll(source);
  } catch (cause) {
    throw new Failure(`${file}: not YAML: ${messageOf(cause).split('\n', 1)[0]}`, { cause });
  }
}

export function agentOf(object: AgentObject): SpAgent {
  const read = readAgentObject(object);
  if ('error' in read) throw new Failure(read.error);
  return read.agent;
}
