import { agentKind } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { RevisionData } from '../api/revision.ts';
import type { ConfigurationVerdict } from '../api/snapshot.ts';
import { dryRun } from '../artifact/check/dry-run.ts';
import { refusalMessage } from '../render/to-spec-path.ts';
import { pluginConfigText } from '../render/plugin-config.ts';

export interface WantedRevision {
  readonly id: string;
  readonly data: RevisionData;
}

/** Verdicts kept; the oldest goes first, and its revision is judged anew. */
const verdictsMax = 1000;

/** Asks the bundled filter itself whether it takes a configuration, before any proxy sees it. */
export class Configurations {
  readonly #readModule: (digest: string) => Promise<Uint8Array | undefined>;
  readonly #verdicts = new Map<string, ConfigurationVerdict>();

  constructor(readModule: (digest: string) => Promise<Uint8Array | undefined>) {
    this.#readModule = readModule;
  }

  async verdictOn(agent: SpAgent, revision: WantedRevision): Promise<ConfigurationVerdict> {
    const key = `${agent.namespace}/${agent.name}/${revision.id}`;
    const known = this.#verdicts.get(key);
    if (known) return known;
    const verdict = await this.#judge(agent, revision);
    if (verdict.state === 'Refused' && verdict.retryable) return verdict;
    this.#verdicts.set(key, verdict);
    const oldest = this.#verdicts.keys().next();
    if (this.#verdicts.size > verdictsMax && !oldest.done) this.#verdicts.delete(oldest.value);
    return verdict;
  }

  async #judge(agent: SpAgent, { id, data }: WantedRevision): Promise<ConfigurationVerdict> {
    const bytes = await this.#readModule(data.digest);
    if (!bytes) {
      const message = `${agentKind} ${agent.namespace}/${agent.name}: module ${data.digest} is no longer kept; it is built again`;
      return { state: 'Refused', reason: 'StoreFailed', message, retryable: true };
    }
    const verdict = await dryRun({ bytes, configuration: pluginConfigText(data, id) });
    if (verdict.ok) return { state: 'Accepted' };
    const message = refusalMessage(agent, verdict.message);
    return { state: 'Refused', reason: 'ConfigRefused', message, retryable: verdict.retryable };
  }
}
