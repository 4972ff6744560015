import { setTimeout as sleep } from 'node:timers/promises';
import { parseAgent } from '../api/parse.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { KubernetesObject } from '../cluster/kubernetes-object.ts';
import { collectionPath } from '../cluster/kinds.ts';
import { startListWatch, type ListWatch } from '../cluster/list-watch.ts';
import type { FoundAgent } from './agents.ts';

export interface AgentScope {
  /** Undefined: of all namespaces. */
  readonly namespace: string | undefined;
  /** Undefined: every agent. */
  readonly name: string | undefined;
}

export interface AgentHandler {
  changed(found: FoundAgent): void;
  removed(found: FoundAgent): void;
  /** The watch was interrupted, and is tried again. */
  failed(error: Error): void;
}

/** Reports agents as they are at first, and each change, until disposed. */
export function watchAgents(client: ClusterClient, scope: AgentScope, handler: AgentHandler): ListWatch {
  const known = new Map<string, FoundAgent>();
  const upsert = (found: FoundAgent | undefined) => {
    if (found === undefined) return;
    known.set(found.agent.uid, found);
    handler.changed(found);
  };
  const remove = (found: FoundAgent | undefined) => {
    if (found && known.delete(found.agent.uid)) handler.removed(found);
  };
  return startListWatch<FoundAgent | undefined>(client, {
    path: collectionPath('SpAgent', scope.namespace),
    handler: {
      trim: (object) => agentInScope(object, scope),
      replace(all) {
        const present = new Set(all.map((found) => found?.agent.uid));
        for (const found of [...known.values()]) if (!present.has(found.agent.uid)) remove(found);
        all.forEach(upsert);
      },
      upsert,
      remove,
      failed: (error) => handler.failed(error),
    },
  });
}

/** One that this version cannot read is not shown as it changes; `spagent status` without --watch reports it. */
function agentInScope(object: KubernetesObject, { name }: AgentScope): FoundAgent | undefined {
  if (name !== undefined && object.metadata.name !== name) return undefined;
  const parsed = parseAgent(object);
  return 'error' in parsed ? undefined : { object, agent: parsed.agent };
}

/** Reports that some object of a collection changed. A collection that may not be watched reports nothing. */
export function watchCollection(
  client: ClusterClient,
  options: { readonly path: string; readonly labelSelector: string },
  changed: () => void,
): ListWatch {
  const handler = { trim: () => undefined, replace: changed, upsert: changed, remove: changed };
  return startListWatch(client, { ...options, handler });
}

/** Wakes one waiter, however many changes there were since it last waited. */
export class ChangeSignal {
  #next = Promise.withResolvers<void>();

  notify(): void {
    this.#next.resolve();
  }

  /** Until the next change, `seconds` at the most, or until the signal aborts. */
  async wait(seconds: number, signal: AbortSignal): Promise<void> {
    const end = new AbortController();
    const timer = sleep(seconds * 1000, undefined, { signal: AbortSignal.any([signal, end.signal]) });
    await Promise.race([this.#next.promise, timer.catch(() => undefined)]);
    end.abort();
    this.#next = Promise.withResolvers();
  }
}
