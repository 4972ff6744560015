import type { SpAgent } from '../api/schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { operatorState } from './operator-state.ts';
import { selectedPods, type SelectedPod } from './pods.ts';
import { askProxies, type ProxyReport } from './proxies.ts';
import { listRevisions, type KeptRevision } from './revisions.ts';
import type { OperatorState } from './view/diagnose-agent.ts';

/** What there is to show of one agent beside its object. */
export interface AgentObservation {
  readonly pods: readonly SelectedPod[];
  readonly proxies: ReadonlyMap<string, ProxyReport>;
  /** Empty for users who may not read revisions. */
  readonly revisions: readonly KeptRevision[];
  readonly operator: OperatorState;
}

/** For so long the proxies' answers are shown again: what is drawn at each change must not ask all of them each time. */
const proxiesHoldMilliseconds = 4000;

/** Looks at one agent, again and again. */
export class AgentObserver {
  readonly #client: ClusterClient;
  #proxies: ReadonlyMap<string, ProxyReport> = new Map();
  #askedAt = -Infinity;

  constructor(client: ClusterClient) {
    this.#client = client;
  }

  async observe(agent: SpAgent): Promise<AgentObservation> {
    const [pods, revisions, operator] = await Promise.all([
      selectedPods(this.#client, agent),
      listRevisions(this.#client, agent).catch(() => []),
      operatorState(this.#client),
    ]);
    if (performance.now() - this.#askedAt > proxiesHoldMilliseconds) {
      this.#proxies = await askProxies(this.#client, agent, { pods, revisions });
      this.#askedAt = performance.now();
    }
    return { pods, proxies: this.#proxies, revisions, operator };
  }
}
