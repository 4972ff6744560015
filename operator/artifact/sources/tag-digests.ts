import { LRUCache } from 'lru-cache';
import { backoffSeconds } from '../../api/backoff.ts';
import { AgentError, messageOf } from '../../api/errors.ts';
import { FairSlots } from '../../cluster/fair-slots.ts';

export interface TagQuestion {
  /** The same for the same tag, login and certificates. */
  readonly key: string;
  /** Who is looked at again when the answer changes. */
  readonly agent: { readonly namespace: string; readonly name: string };
  readonly pollSeconds: number;
  /** Asks the registry. */
  resolve(): Promise<string>;
}

/** What tags of registries name: asked in the background, as a registry may be slow. */
export interface TagDigests {
  /**
   * The digest that the tag named when its registry was last asked, at most `pollSeconds` ago if it answers; undefined if it was not
   * asked yet.
   * @throws {AgentError} where it was never known, and cannot be found out now.
   */
  digestOf(question: TagQuestion): string | undefined;
}

export interface TagDigestsOptions {
  readonly changed: (agentKey: string) => void;
  /** A registry was asked, and did not answer. */
  readonly failed: (agentKey: string, error: AgentError) => void;
  /** Monotonic, in milliseconds. Default: the process's own. */
  readonly clock?: () => number;
}

interface Tag {
  digest?: string;
  error?: AgentError;
  failures: number;
  isAsked: boolean;
  /** By the clock. */
  askAt: number;
  /** Agents by key, of this question and earlier ones. */
  readonly agents: Set<string>;
}

const tagsMax = 1000;
const retrySeconds = { first: 5, longest: 300 };

export function createTagDigests(options: TagDigestsOptions): TagDigests {
  const { changed, failed, clock = () => performance.now() } = options;
  const tags = new LRUCache<string, Tag>({ max: tagsMax });
  const slots = new FairSlots({ total: 4, perGroup: 1 });

  const ask = async (tag: Tag, { agent, pollSeconds, resolve }: TagQuestion) => {
    const before = tag.digest;
    try {
      tag.digest = await slots.run(agent.namespace, resolve);
      delete tag.error;
      tag.failures = 0;
      tag.askAt = clock() + pollSeconds * 1000;
    } catch (error) {
      tag.failures += 1;
      tag.error = agentErrorOf(error);
      tag.askAt = clock() + backoffSeconds(retrySeconds, tag.failures) * 1000;
      failed(`${agent.namespace}/${agent.name}`, tag.error);
    }
    tag.isAsked = false;
    if (tag.digest !== before || tag.digest === undefined)
      for (const agentKey of tag.agents) changed(agentKey);
    tag.agents.clear();
  };

  return {
    digestOf(question) {
      const { key, agent } = question;
      const tag = tags.get(key) ?? { failures: 0, isAsked: false, askAt: -Infinity, agents: new Set() };
      tags.set(key, tag);
      if (tag.askAt <= clock() && !tag.isAsked) {
        tag.isAsked = true;
        void ask(tag, question);
      }
      if (tag.isAsked) tag.agents.add(`${agent.namespace}/${agent.name}`);
      if (tag.digest !== undefined) return tag.digest;
      if (tag.error) throw tag.error;
      return undefined;
    },
  };
}

function agentErrorOf(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError('FetchFailed', messageOf(error), { retryable: true, cause: error });
}
