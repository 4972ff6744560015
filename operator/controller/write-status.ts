import { LRUCache } from 'lru-cache';
import { agentKind, groupVersion } from '../api/names.ts';
import { plainStatus } from '../api/plain-text.ts';
import { isSameJson } from '../api/same-json.ts';
import type { SpAgentStatus } from '../api/status-schema.ts';
import { applyObject } from '../cluster/server-side-apply.ts';
import { outlineOf } from '../decide/status-outline.ts';
import type { ApplyContext } from './apply.ts';
import { trimAgent, type AgentItem } from './items.ts';

/** Counts of pods and texts are written at most that often: a rollout may change them with every pod. Seconds. */
const paceSeconds = 2;
const agentsMax = 10_000;

/** Writes statuses that say something new. */
export class StatusWriter {
  readonly #context: Pick<ApplyContext, 'client' | 'cache'>;
  /** Agents, by uid, whose status was written a moment ago. */
  readonly #recent = new LRUCache<string, true>({ max: agentsMax, ttl: paceSeconds * 1000 });

  constructor(context: Pick<ApplyContext, 'client' | 'cache'>) {
    this.#context = context;
  }

  /** @returns seconds until a status that differs in counts and texts alone is to be written; undefined: it is written. */
  async write(item: AgentItem, status: SpAgentStatus): Promise<number | undefined> {
    const { uid, parsed } = item;
    const former = 'agent' in parsed ? parsed.agent.status : parsed.status;
    const wanted = plainStatus(status);
    if (isSameJson(wanted, former)) return undefined;
    const seconds = this.#recent.getRemainingTTL(uid) / 1000;
    if (seconds > 0 && isSameJson(outlineOf(wanted), outlineOf(former))) return seconds;
    await this.#apply(item, wanted);
    this.#recent.set(uid, true);
    return undefined;
  }

  async #apply({ namespace, name, uid }: AgentItem, status: SpAgentStatus): Promise<void> {
    const { client, cache } = this.#context;
    const object = {
      apiVersion: groupVersion,
      kind: agentKind,
      metadata: { namespace, name, uid },
      status,
    };
    const written = await applyObject(client, object, { subresource: 'status', overridesEdits: true });
    cache.agents.upsert(trimAgent(written));
  }
}
