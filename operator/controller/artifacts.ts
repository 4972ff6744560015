import { AgentError, messageOf } from '../api/errors.ts';
import type { SpAgent } from '../api/schema.ts';
import type { Artifact, ArtifactState } from '../api/artifact.ts';
import type { AllowPrivate } from '../artifact/sources/address-policy.ts';
import { produceModule } from '../artifact/produce.ts';
import { modulePath } from '../artifact/serve.ts';
import { sourceKey, type ArtifactSource } from '../artifact/sources/source.ts';
import type { StoredModule } from '../artifact/store/chunks.ts';
import type { ModuleStore } from '../artifact/store/module-store.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { objectPath } from '../cluster/kinds.ts';

export interface ArtifactsOptions {
  readonly client: ClusterClient;
  readonly store: ModuleStore;
  readonly allowPrivate: AllowPrivate;
  /** The operator's own address, as proxies reach it. */
  readonly moduleBaseUrl: string;
  /** An agent's module is there, or failed. */
  readonly changed: (agentKey: string) => void;
  /** `Ready`, or the reason of the failure. */
  readonly produced: (result: string, source: string) => void;
}

interface Failure {
  readonly error: AgentError;
  readonly attempts: number;
  /** By `performance.now()`; Infinity: only another source helps. */
  readonly retryAt: number;
}

/** One build takes a core for seconds. */
const concurrency = 1;
/** Sources remembered; the oldest is forgotten first, and looked for anew. */
const sourcesMax = 1000;
/** How soon a module that somebody deleted from the store is missed. */
const recheckSeconds = 300;
const retrySecondsMin = 5;
const retrySecondsMax = 300;
/** A server that answered an error, or a wrong module, may be put right without a change of the spec. */
const fetchRetrySeconds = 120;

/**
 * The modules of all agents. What an agent asks for is looked up in the store, else built or fetched in the background: one source
 * once at a time, however many agents name it.
 */
export class Artifacts {
  readonly #options: ArtifactsOptions;
  /** Source key → the agents that wait for it. */
  readonly #underWay = new Map<string, Set<string>>();
  readonly #waiting: (() => Promise<void>)[] = [];
  readonly #failures = new Map<string, Failure>();
  readonly #found = new Map<string, { readonly module: StoredModule; readonly at: number }>();
  #running = 0;
  #isClosed = false;

  constructor(options: ArtifactsOptions) {
    this.#options = options;
  }

  async stateOf(agent: SpAgent): Promise<ArtifactState> {
    try {
      const source = await this.#sourceOf(agent);
      const key = await sourceKey(source);
      const known = await this.#find(key);
      if (known) return { state: 'Ready', artifact: this.#artifact(agent, known) };
      const failure = this.#failures.get(key);
      if (!failure || failure.retryAt <= performance.now()) this.#produce(agent, key, source);
      return failure ? failed(agent, failure.error) : { state: 'Pending' };
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      return failed(agent, error);
    }
  }

  /** Starts no more work. What is under way ends with the process, and is begun again by the next. */
  close(): void {
    this.#isClosed = true;
    this.#waiting.length = 0;
  }

  async #sourceOf({ namespace, spec }: SpAgent): Promise<ArtifactSource> {
    const { build, url, digest, caBundle } = spec.filter;
    if (url !== undefined) return { kind: 'url', url, digest, caBundle };
    const { optimize = 3, debug = false } = build ?? {};
    if (!build?.configMap) return { kind: 'bundled', optimize, debug };
    const name = build.configMap.name;
    try {
      const { data } = await this.#options.client.json<{ readonly data?: Record<string, string> }>({
        path: objectPath({ kind: 'ConfigMap', namespace, name }),
      });
      return { kind: 'configMap', files: data ?? {}, optimize, debug };
    } catch (error) {
      if (!hasCode(error, 404)) throw error;
      const message = 'it does not exist; create it with the key index.ts';
      throw new AgentError('SourceMissing', message, { retryable: true });
    }
  }

  async #find(key: string): Promise<StoredModule | undefined> {
    const present = this.#found.get(key);
    if (present && performance.now() - present.at < recheckSeconds * 1000) return present.module;
    const module = await this.#options.store.findBySource(key);
    this.#found.delete(key);
    if (module) this.#found.set(key, { module, at: performance.now() });
    forgetOldest(this.#found);
    return module;
  }

  #artifact({ spec }: SpAgent, known: StoredModule): Artifact {
    const { build, url } = spec.filter;
    return {
      digest: known.digest,
      sizeBytes: known.sizeBytes,
      source: url ?? (build?.configMap ? `ConfigMap ${build.configMap.name}` : 'bundled source'),
      url: this.#options.moduleBaseUrl + modulePath(known.digest),
    };
  }

  #produce(agent: SpAgent, key: string, source: ArtifactSource): void {
    const agentKey = `${agent.namespace}/${agent.name}`;
    const present = this.#underWay.get(key);
    if (present) {
      present.add(agentKey);
      return;
    }
    const agents = new Set([agentKey]);
    this.#underWay.set(key, agents);
    this.#waiting.push(async () => {
      await this.#attempt(key, source);
      this.#underWay.delete(key);
      for (const waiting of agents) this.#options.changed(waiting);
    });
    this.#startMore();
  }

  #startMore(): void {
    while (this.#running < concurrency && !this.#isClosed) {
      const job = this.#waiting.shift();
      if (!job) return;
      this.#running += 1;
      void job().finally(() => {
        this.#running -= 1;
        this.#startMore();
      });
    }
  }

  async #attempt(key: string, source: ArtifactSource): Promise<void> {
    try {
      const module = await produceModule(source, { allowPrivate: this.#options.allowPrivate });
      await this.#options.store.put(module.bytes, { sourceKey: key });
      this.#failures.delete(key);
      this.#options.produced('Ready', source.kind);
    } catch (error) {
      const problem = agentErrorOf(error);
      this.#options.produced(problem.reason, source.kind);
      this.#remember(key, source, problem);
    }
  }

  #remember(key: string, source: ArtifactSource, error: AgentError): void {
    const attempts = (this.#failures.get(key)?.attempts ?? 0) + 1;
    const backoff = Math.min(retrySecondsMax, retrySecondsMin * 2 ** Math.min(attempts - 1, 10));
    const lasting = source.kind === 'url' ? fetchRetrySeconds : Infinity;
    const retryAt = performance.now() + (error.retryable ? backoff : lasting) * 1000;
    this.#failures.delete(key);
    this.#failures.set(key, { error, attempts, retryAt });
    forgetOldest(this.#failures);
  }
}

/** Agents may share a source: each is told where it named it. */
function failed({ namespace, spec }: SpAgent, { reason, message }: AgentError): ArtifactState {
  const { build, url } = spec.filter;
  const name = build?.configMap ? `ConfigMap ${namespace}/${build.configMap.name}: ` : '';
  return { state: 'Failed', reason, message: `${url === undefined ? name : 'spec.filter.url: '}${message}` };
}

function forgetOldest(memory: Map<string, unknown>): void {
  const oldest = memory.keys().next();
  if (memory.size > sourcesMax && !oldest.done) memory.delete(oldest.value);
}

function agentErrorOf(error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  const message = messageOf(error);
  return new AgentError('StoreFailed', `the module could not be kept: ${message}`, {
    retryable: true,
    cause: error,
  });
}
