import type { SpAgent } from '../api/schema.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { operatorState } from './operator-state.ts';
import { selectedPods, type SelectedPod } from './pods.ts';
import { tableText } from './print.ts';
import { askProxies, type ProxyReport } from './proxies.ts';
import { listRevisions } from './revisions.ts';
import type { Terminal } from './terminal.ts';
import { agentTree } from './view/agent-tree.ts';
import { diagnoseAgent } from './view/diagnose-agent.ts';

/** For so long the proxies' answers are shown again: a tree that is redrawn at each change must not ask all of them each time. */
const proxiesHoldMilliseconds = 4000;

/** Shows one agent as a tree, as it is now, with the cause and a command where it is not Ready. */
export class AgentTreeText {
  readonly #client: ClusterClient;
  readonly #paint: Terminal['paint'];
  #proxies: ReadonlyMap<string, ProxyReport> = new Map();
  #askedAt = -Infinity;

  constructor(client: ClusterClient, paint: Terminal['paint']) {
    this.#client = client;
    this.#paint = paint;
  }

  async of(agent: SpAgent): Promise<string> {
    const pods = await selectedPods(this.#client, agent);
    const [operator, proxies] = await Promise.all([
      operatorState(this.#client),
      this.#proxiesOf(agent, pods),
    ]);
    const diagnosis = diagnoseAgent(agent, operator);
    const advice = diagnosis ? `\nCause  ${diagnosis.cause}\nRun    ${diagnosis.command}\n` : '';
    return tableText(agentTree(agent, { pods, proxies, now: Date.now() }), this.#paint) + advice;
  }

  async #proxiesOf(agent: SpAgent, pods: readonly SelectedPod[]): Promise<ReadonlyMap<string, ProxyReport>> {
    if (performance.now() - this.#askedAt < proxiesHoldMilliseconds) return this.#proxies;
    // Without the right to read revisions the tree has no proxies.
    const revisions = await listRevisions(this.#client, agent).catch(() => []);
    this.#proxies = await askProxies(this.#client, agent, { pods, revisions });
    this.#askedAt = performance.now();
    return this.#proxies;
  }
}
