import { LRUCache } from 'lru-cache';
import { hash } from 'node:crypto';
import { agentKind } from '../api/names.ts';
import type { Revision } from '../api/revision.ts';
import type { SpAgent } from '../api/schema.ts';
import type { ConfigurationVerdict } from '../api/snapshot.ts';
import { dryRun } from '../artifact/check/dry-run.ts';
import { refusalMessage } from '../render/to-spec-path.ts';
import { namelessConfigText, pluginConfigText } from '../render/plugin-config.ts';

/** Verdicts kept; a revision whose verdict was dropped is checked again. */
const verdictsMax = 1000;

interface Answer {
  readonly agentKey: string;
  readonly revisionId: string;
  readonly verdict: ConfigurationVerdict;
}

type AgentName = Pick<SpAgent, 'namespace' | 'name'>;

/** Asks the bundled filter itself whether it accepts a configuration, before any proxy sees it, and remembers the answers. */
export class ConfigValidator {
  readonly #readModule: (digest: string) => Promise<Uint8Array | undefined>;
  readonly #dryRun: typeof dryRun;
  readonly #verdicts = new LRUCache<string, Answer>({ max: verdictsMax });
  /** What the filter has accepted, for whichever agent: an upgrade gives hundreds of agents a new revision with the same settings. */
  readonly #accepted = new LRUCache<string, true>({ max: verdictsMax });

  /** @param run asks the filter. Default: in a sandbox. */
  constructor(readModule: (digest: string) => Promise<Uint8Array | undefined>, run = dryRun) {
    this.#readModule = readModule;
    this.#dryRun = run;
  }

  /** Revision → the filter's answer. */
  verdictsOf(agent: AgentName): ReadonlyMap<string, ConfigurationVerdict> {
    const agentKey = keyOf(agent);
    return new Map(
      [...this.#verdicts.values()]
        .filter((known) => known.agentKey === agentKey)
        .map(({ revisionId, verdict }) => [revisionId, verdict]),
    );
  }

  async check(agent: AgentName, revision: Pick<Revision, 'id' | 'data'>): Promise<void> {
    const verdict = await this.#judge(agent, revision);
    const agentKey = keyOf(agent);
    const key = `${agentKey}/${revision.id}`;
    this.#verdicts.set(key, { agentKey, revisionId: revision.id, verdict });
  }

  async #judge(agent: AgentName, { id, data }: Pick<Revision, 'id' | 'data'>): Promise<ConfigurationVerdict> {
    const bytes = await this.#readModule(data.digest);
    if (!bytes) {
      const message = `${agentKind} ${keyOf(agent)}: module ${data.digest} is no longer in the store; it is built again`;
      return { state: 'Refused', reason: 'StoreFailed', message, retryableSince: Date.now() };
    }
    const settings = hash('sha256', `${data.digest} ${namelessConfigText(data)}`);
    if (this.#accepted.has(settings)) return { state: 'Accepted' };
    const verdict = await this.#dryRun({ bytes, configuration: pluginConfigText(data, id) });
    if (verdict.ok) {
      this.#accepted.set(settings, true);
      return { state: 'Accepted' };
    }
    const message = refusalMessage(agent, verdict.message);
    const retryableSince = verdict.retryable ? Date.now() : undefined;
    return { state: 'Refused', reason: 'ConfigRefused', message, retryableSince };
  }
}

function keyOf({ namespace, name }: AgentName): string {
  return `${namespace}/${name}`;
}
