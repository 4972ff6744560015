import { groupVersion } from '../../api/names.ts';
import type { SpAgent } from '../../api/schema.ts';
import { agentOf, readAgentFile } from '../agent-file.ts';
import { Failure } from '../failure.ts';

/** The SpAgent of a file; without one, an agent with every default that suits the development backend. */
export async function localAgent(file: string | undefined): Promise<SpAgent> {
  if (file === undefined) {
    return agentOf({
      apiVersion: groupVersion,
      metadata: { namespace: 'default', name: 'local' },
      spec: { selector: { matchLabels: { app: 'local' } }, backend: { profile: 'Development' } },
    });
  }
  const [agent, ...others] = await readAgentFile(file);
  if (agent === undefined || others.length > 0) throw new Failure(`${file}: must hold one SpAgent`);
  return agent;
}

/**
 * The agent for a recording that replays anywhere: each request is looked up, whoever sends it, and nothing in a recording
 * depends on the run that made it.
 */
export function portableAgent(agent: SpAgent, mode: 'Record' | 'Replay', strict: boolean): SpAgent {
  const { spec } = agent;
  return {
    ...agent,
    spec: {
      ...spec,
      mode,
      logLevel: 'Debug',
      backend: { ...spec.backend, profile: 'Development' },
      lookup: { ...spec.lookup, cacheRules: 'None', strict },
      // A digest depends on the key of its run.
      capture: { ...spec.capture, redactMarker: 'Plain' },
    },
  };
}
