import { agentKind } from '../api/names.ts';
import type { SpAgent } from '../api/schema.ts';
import type { ConfigurationVerdict, RevisionData } from '../api/snapshot.ts';
import { dryRun } from '../artifact/dry-run.ts';
import { canonicalJson } from '../render/canonical-json.ts';
import { complaintInSpecTerms } from '../render/config-complaint.ts';
import { sidePluginConfig } from '../render/plugin-config.ts';

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
    const { url, build } = agent.spec.filter;
    // A module of the user's may need what only a real host has.
    if (url !== undefined || build?.configMap) return { state: 'Unchecked' };
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
    const name = `${agentKind} ${agent.namespace}/${agent.name}`;
    const bytes = await this.#readModule(data.digest);
    if (!bytes) {
      const message = `${name}: module ${data.digest} is no longer kept; it is built again`;
      return { state: 'Refused', reason: 'StoreFailed', message, retryable: true };
    }
    // The two sides differ in their direction alone.
    const configuration = canonicalJson(sidePluginConfig(data, id, data.sides[0] ?? 'Outbound'));
    const verdict = await dryRun({ bytes, configuration });
    if (verdict.ok) return { state: 'Accepted' };
    const message = `${name}: the filter refuses its configuration: ${complaintInSpecTerms(verdict.message)}`;
    return { state: 'Refused', reason: 'ConfigRefused', message, retryable: verdict.retryable };
  }
}
