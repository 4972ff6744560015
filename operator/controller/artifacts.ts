import { backoffSeconds } from '../api/backoff.ts';
import { LRUCache } from 'lru-cache';
import { traitsOf, type Artifact, type ArtifactState } from '../api/artifact.ts';
import { AgentError, messageOf } from '../api/errors.ts';
import { moduleUrl } from '../api/module-address.ts';
import type { OperatorPolicy } from '../api/policy.ts';
import type { Reason } from '../api/reasons.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Source, SourceContext, WantedModule } from '../artifact/sources/source.ts';
import { sourceOf } from '../artifact/sources/sources.ts';
import type { StoredModule } from '../artifact/store/chunks.ts';
import type { ModuleStore, Use } from '../artifact/store/module-store.ts';
import { ModuleWork, sharedGroup } from './module-work.ts';

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
  /** Monotonic, in milliseconds. Default: the process's own. */
  readonly clock?: () => number;
  /** Sources beside those of `sources.ts`. */
  readonly moreSources?: readonly Source[];
}

interface Failure {
  readonly error: AgentError;
  readonly attempts: number;
  /** By the clock; Infinity: only another source helps. */
  readonly retryAt: number;
}

/** What was last reported to an agent. */
interface Answer {
  /** Undefined: there was no module. */
  readonly digest: string | undefined;
}

/** A module that is waited for. */
interface Task {
  readonly agents: Set<string>;
  /** Groups in whose turn it stands: whoever asks first must not decide how long the others wait. */
  readonly groups: Set<string>;
  /** The group whose turn came first. */
  startedFor?: string;
}

interface Request {
  readonly agent: SpAgent;
  readonly source: Source;
  readonly wanted: WantedModule;
}

/** Sources remembered; the least recently used is forgotten first, and looked for again. */
const sourcesMax = 1000;
/** How soon a module that somebody deleted from the store is missed. */
const recheckSeconds = 300;
const retrySeconds = { first: 5, longest: 300 };
const limitReasons: readonly Reason[] = ['CompileLimitExceeded', 'ModuleTooLarge', 'StoreBudgetExceeded'];
/** A user's source that runs into a limit takes what others wait for: it comes back ever later. */
const limitRetrySeconds = { first: 60, longest: 3600 };
/**
 * The modules of all agents. What an agent asks for is looked up in the store, else built or fetched in the background: one source
 * once at a time, however many agents name it.
 */
export class Artifacts {
  readonly #options: ArtifactsOptions;
  readonly #clock: () => number;
  readonly #work: ModuleWork;
  /** By source key, as are the two below. */
  readonly #tasks = new Map<string, Task>();
  readonly #failures = new LRUCache<string, Failure>({ max: sourcesMax });
  readonly #found = new LRUCache<string, StoredModule>({ max: sourcesMax, ttl: recheckSeconds * 1000 });
  readonly #answers = new Map<string, Answer>();

  constructor(options: ArtifactsOptions) {
    this.#options = options;
    this.#clock = options.clock ?? (() => performance.now());
    this.#work = new ModuleWork(this.#clock);
  }

  /** Which source the agent's spec asks for. */
  sourceOf(agent: SpAgent): Source {
    return sourceOf(agent.spec.filter, this.#options.moreSources);
  }

  async stateOf(agent: SpAgent): Promise<ArtifactState> {
    const source = this.sourceOf(agent);
    const state = await this.#look(agent, source).catch((error: unknown) => {
      if (!(error instanceof AgentError)) throw error;
      return failed(agent, source, error);
    });
    const digest = state.state === 'Ready' ? state.artifact.digest : undefined;
    this.#answers.set(agentKeyOf(agent), { digest });
    return state;
  }

  /** Undefined: the agent was not asked for since this process began. */
  lastAnswer(agentKey: string): Answer | undefined {
    return this.#answers.get(agentKey);
  }

  /** Whether a module is being made by a source that gave this one earlier, or gives it now. */
  isAwaited({ sourceKeys }: StoredModule): boolean {
    return sourceKeys.some((key) => this.#tasks.has(key));
  }

  /** The store has a module no longer, or not for everybody. */
  forget(digest: string): void {
    for (const [key, module] of this.#found.entries()) {
      if (module.digest === digest) this.#found.delete(key);
    }
    // There is room now.
    for (const [key, { error }] of this.#failures.entries()) {
      if (error.reason === 'StoreBudgetExceeded') this.#failures.delete(key);
    }
  }

  /** Drops what is known of agents that are gone. */
  keepAgents(agentKeys: ReadonlySet<string>): void {
    for (const key of this.#answers.keys()) if (!agentKeys.has(key)) this.#answers.delete(key);
  }

  /** Starts no more work. What is in progress ends with the process; the next one starts it again. */
  close(): void {
    this.#work.close();
  }

  async #look(agent: SpAgent, source: Source): Promise<ArtifactState> {
    const { customFilters, context } = this.#options;
    if (!source.isOurs && customFilters === 'Deny') throw customFilterRefused();
    if (!source.isOurs && !source.hasSignatures && context.signatures.isRequired) throw signatureRequired();
    const wanted = await source.resolve(agent, context);
    if (!wanted) return { state: 'Pending' };
    const found = await this.#find(wanted.key);
    if (found) {
      const known = await this.#use(wanted.key, found, { namespace: agent.namespace, isOurs: source.isOurs });
      const { provenance } = wanted;
      const artifact = { ...this.#artifact(agent, source, known), ...(provenance && { provenance }) };
      return { state: 'Ready', artifact };
    }
    const failure = this.#failures.get(failureKey(wanted.key, groupOf(agent, source)));
    if (!failure || failure.retryAt <= this.#clock()) this.#request({ agent, source, wanted });
    if (failure) return failed(agent, source, failure.error);
    return { state: 'Pending' };
  }

  /** The store knows whose agents use a module, so that each namespace has a budget, and keeps what it uses. */
  async #use(key: string, module: StoredModule, use: Use): Promise<StoredModule> {
    if (module.namespaces.includes(use.namespace)) return module;
    const used = await this.#options.store.use(module, use);
    this.#found.set(key, used);
    return used;
  }

  async #find(key: string): Promise<StoredModule | undefined> {
    const present = this.#found.get(key);
    if (present) return present;
    const module = await this.#options.store.findBySource(key);
    if (module) this.#found.set(key, module);
    return module;
  }

  #artifact({ spec }: SpAgent, source: Source, module: StoredModule): Artifact {
    const { digest, sizeBytes } = module;
    const url = moduleUrl(this.#options.moduleBaseUrl, digest);
    return { digest, sizeBytes, ...traitsOf(module), source: source.describe(spec.filter), url };
  }

  #request(request: Request): void {
    const { agent, source, wanted } = request;
    const task = this.#tasks.get(wanted.key) ?? { agents: new Set(), groups: new Set() };
    this.#tasks.set(wanted.key, task);
    const agentKey = agentKeyOf(agent);
    task.agents.add(agentKey);
    if (!this.#answers.has(agentKey)) this.#answers.set(agentKey, { digest: undefined });
    const group = groupOf(agent, source);
    if (task.groups.has(group)) return;
    task.groups.add(group);
    void this.#load(request, task, group);
  }

  async #load({ agent, source, wanted }: Request, task: Task, group: string): Promise<void> {
    const { store, produced } = this.#options;
    const { key } = wanted;
    const failure = failureKey(key, group);
    let digest: string | undefined;
    try {
      const made = await this.#work.produce(wanted, { group, isWanted: () => this.#isTurnOf(group, key) });
      if (!made) return;
      const options = {
        sourceKey: key,
        traits: traitsOf(made),
        namespace: agent.namespace,
        isOurs: source.isOurs,
      };
      const module = await store.put(made.bytes, options);
      this.#found.set(key, module);
      this.#failures.delete(failure);
      produced('Ready', source.name);
      ({ digest } = module);
    } catch (error) {
      const problem = agentErrorOf(error);
      if (problem.reason === 'StoreBudgetExceeded') this.#work.markSlow(group);
      produced(problem.reason, source.name);
      this.#remember(failure, source, problem);
    }
    this.#tasks.delete(key);
    for (const agentKey of task.agents) {
      this.#answers.set(agentKey, { digest });
      this.#options.changed(agentKey);
    }
  }

  /** Asked when the turn of a group has come. The task is for the first of them, and for none if its agents were deleted meanwhile. */
  #isTurnOf(group: string, key: string): boolean {
    const task = this.#tasks.get(key);
    if (!task) return false;
    task.startedFor ??= group;
    if (task.startedFor !== group) return false;
    const isWanted = [...task.agents].some((agentKey) => this.#answers.has(agentKey));
    if (!isWanted) this.#tasks.delete(key);
    return isWanted;
  }

  #remember(key: string, source: Source, error: AgentError): void {
    const attempts = (this.#failures.get(key)?.attempts ?? 0) + 1;
    const isLimited = !source.isOurs && isOneOf(limitReasons, error);
    const backoff = backoffSeconds(isLimited ? limitRetrySeconds : retrySeconds, attempts);
    // What is too large now is as large at the next attempt, which takes as much again.
    const seconds = isLimited || error.retryable ? backoff : source.recheckSeconds;
    const retryAt = this.#clock() + seconds * 1000;
    this.#failures.set(key, { error, attempts, retryAt });
  }
}

function customFilterRefused(): AgentError {
  const message =
    'only the bundled filter is allowed here; leave spec.filter out, or ask the administrator for operator.customFilters: Allow';
  return new AgentError('CustomFilterRefused', message);
}

function signatureRequired(): AgentError {
  const message =
    'only modules that are signed are allowed here; push it to a registry, sign it, and name it in spec.filter.url as oci://…';
  return new AgentError('SignatureRequired', message);
}

function agentKeyOf({ namespace, name }: SpAgent): string {
  return `${namespace}/${name}`;
}

/** Who waits and fails together. No namespace pays for what all of them use. */
function groupOf({ namespace }: SpAgent, source: Source): string {
  return source.isOurs ? sharedGroup : namespace;
}

function isOneOf(reasons: readonly Reason[], error: unknown): boolean {
  return error instanceof AgentError && reasons.includes(error.reason);
}

/** What fails one namespace, such as its budget, is not shown to another. */
function failureKey(sourceKey: string, group: string): string {
  return `${sourceKey}/${group}`;
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
