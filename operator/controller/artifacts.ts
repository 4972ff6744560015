import { LRUCache } from 'lru-cache';
import type { Artifact, ArtifactState } from '../api/artifact.ts';
import { AgentError, messageOf } from '../api/errors.ts';
import type { OperatorPolicy } from '../api/policy.ts';
import type { SpAgent } from '../api/schema.ts';
import { modulePath } from '../artifact/serve.ts';
import type { Source, SourceContext, WantedModule } from '../artifact/sources/source.ts';
import { sourceOf } from '../artifact/sources/sources.ts';
import type { StoredModule } from '../artifact/store/chunks.ts';
import type { ModuleStore } from '../artifact/store/module-store.ts';
import { FairSlots } from '../cluster/fair-slots.ts';

export interface ArtifactsOptions {
  readonly context: SourceContext;
  readonly store: ModuleStore;
  readonly customFilters: OperatorPolicy['customFilters'];
  /** The operator's own address, as proxies reach it. */
  readonly moduleBaseUrl: string;
  /** An agent's module is there, or failed. */
  readonly changed: (agentKey: string) => void;
  /** `Ready`, or the reason of the failure. */
  readonly produced: (result: string, source: string) => void;
  /** Sources beside those of `sources.ts`. */
  readonly moreSources?: readonly Source[];
}

interface Failure {
  readonly error: AgentError;
  readonly attempts: number;
  /** By `performance.now()`; Infinity: only another source helps. */
  readonly retryAt: number;
}

/** A module that is waited for. */
interface Task {
  readonly agents: Set<string>;
  /** Groups in whose turn it stands: whoever asks first must not decide how long the others wait. */
  readonly groups: Set<string>;
  isStarted: boolean;
}

interface Request {
  readonly agent: SpAgent;
  readonly source: Source;
  readonly wanted: WantedModule;
}

/** A build takes a core for seconds, a download mostly waits; of each kind a namespace has one at a time. */
const slotCounts = { build: { total: 2, perGroup: 1 }, download: { total: 4, perGroup: 1 } } as const;
/** Sources remembered; the least recently used is forgotten first, and looked for again. */
const sourcesMax = 1000;
/** How soon a module that somebody deleted from the store is missed. */
const recheckSeconds = 300;
const retrySeconds = { from: 5, to: 300 };
/** A user's source that runs into a limit takes what others wait for: it comes back ever later. */
const limitRetrySeconds = { from: 60, to: 3600 };

/**
 * The modules of all agents. What an agent asks for is looked up in the store, else built or fetched in the background: one source
 * once at a time, however many agents name it.
 */
export class Artifacts {
  readonly #options: ArtifactsOptions;
  readonly #slots = { build: new FairSlots(slotCounts.build), download: new FairSlots(slotCounts.download) };
  /** By source key, as are the two below. */
  readonly #tasks = new Map<string, Task>();
  readonly #failures = new LRUCache<string, Failure>({ max: sourcesMax });
  readonly #found = new LRUCache<string, StoredModule>({ max: sourcesMax, ttl: recheckSeconds * 1000 });

  constructor(options: ArtifactsOptions) {
    this.#options = options;
  }

  /** Which source the agent's spec asks for. */
  sourceOf(agent: SpAgent): Source {
    return sourceOf(agent.spec.filter, this.#options.moreSources);
  }

  async stateOf(agent: SpAgent): Promise<ArtifactState> {
    const source = this.sourceOf(agent);
    try {
      if (!source.isOurs && this.#options.customFilters === 'Deny') throw customFilterRefused();
      const wanted = await source.resolve(agent, this.#options.context);
      const known = await this.#find(wanted.key);
      if (known) return { state: 'Ready', artifact: this.#artifact(agent, source, known) };
      const failure = this.#failures.get(wanted.key);
      if (!failure || failure.retryAt <= performance.now()) this.#request({ agent, source, wanted });
      return failure ? failed(agent, source, failure.error) : { state: 'Pending' };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return failed(agent, source, error);
    }
  }

  /** Starts no more work. What is in progress ends with the process; the next one starts it again. */
  close(): void {
    for (const slots of Object.values(this.#slots)) slots.close();
  }

  async #find(key: string): Promise<StoredModule | undefined> {
    const present = this.#found.get(key);
    if (present) return present;
    const module = await this.#options.store.findBySource(key);
    if (module) this.#found.set(key, module);
    return module;
  }

  #artifact({ spec }: SpAgent, source: Source, module: StoredModule): Artifact {
    const { digest, sizeBytes, reportsRevision } = module;
    const url = this.#options.moduleBaseUrl + modulePath(digest);
    return { digest, sizeBytes, reportsRevision, source: source.describe(spec.filter), url };
  }

  #request(request: Request): void {
    const { agent, source, wanted } = request;
    const task = this.#tasks.get(wanted.key) ?? { agents: new Set(), groups: new Set(), isStarted: false };
    this.#tasks.set(wanted.key, task);
    task.agents.add(`${agent.namespace}/${agent.name}`);
    // No namespace pays for what all of them use. A name has no slash: this group is nobody's.
    const group = source.isOurs ? '/' : agent.namespace;
    if (task.isStarted || task.groups.has(group)) return;
    task.groups.add(group);
    void this.#slots[source.work].run(group, async () => {
      if (task.isStarted) return;
      task.isStarted = true;
      await this.#load(request);
      this.#tasks.delete(wanted.key);
      for (const waiting of task.agents) this.#options.changed(waiting);
    });
  }

  async #load({ source, wanted }: Request): Promise<void> {
    const { store, produced } = this.#options;
    try {
      const { bytes, reportsRevision } = await wanted.load();
      this.#found.set(wanted.key, await store.put(bytes, { sourceKey: wanted.key, reportsRevision }));
      this.#failures.delete(wanted.key);
      produced('Ready', source.name);
    } catch (error) {
      const problem = agentErrorOf(error);
      produced(problem.reason, source.name);
      this.#remember(wanted.key, source, problem);
    }
  }

  #remember(key: string, source: Source, error: AgentError): void {
    const attempts = (this.#failures.get(key)?.attempts ?? 0) + 1;
    const isLimit = !source.isOurs && error.reason === 'CompileLimitExceeded';
    const { from, to } = isLimit ? limitRetrySeconds : retrySeconds;
    const backoff = Math.min(to, from * 2 ** Math.min(attempts - 1, 10));
    const retryAt = performance.now() + (error.retryable ? backoff : source.recheckSeconds) * 1000;
    this.#failures.set(key, { error, attempts, retryAt });
  }
}

function customFilterRefused(): AgentError {
  const message =
    'only the bundled filter is allowed here; leave spec.filter out, or ask the administrator for operator.customFilters: Allow';
  return new AgentError('CustomFilterRefused', message);
}

/** Agents may share a source: each gets a message about its own field. */
function failed(agent: SpAgent, source: Source, { reason, message }: AgentError): ArtifactState {
  return { state: 'Failed', reason, message: `${source.subject(agent)}: ${message}` };
}

function agentErrorOf(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  const message = messageOf(error);
  return new AgentError('StoreFailed', `the module could not be kept: ${message}`, {
    retryable: true,
    cause: error,
  });
}
