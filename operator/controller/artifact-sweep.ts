import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredModule } from '../artifact/store/chunks.ts';
import type { ModuleStore } from '../artifact/store/module-store.ts';
import type { Artifacts } from './artifacts.ts';
import { keyOf, type Cache } from './cache.ts';

export interface SweepOptions {
  readonly store: ModuleStore;
  readonly cache: Cache;
  readonly artifacts: Artifacts;
  /** Whether the SpAgents of a namespace are watched: of the others nothing is known. */
  readonly isWatched: (namespace: string) => boolean;
  /** Only one replica sweeps. */
  readonly isLeader: () => boolean;
  readonly deleted: (digest: string) => void;
  readonly failed: (error: unknown) => void;
}

/** What is known of the use of modules. */
export interface ModuleUse {
  /** Digest → the namespaces whose agents use the module. */
  readonly usedBy: ReadonlyMap<string, ReadonlySet<string>>;
  readonly isWatched: (namespace: string) => boolean;
  /** Whether a module is being built or fetched now. */
  readonly isAwaited: (module: StoredModule) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export interface SweepPlan {
  readonly unused: readonly StoredModule[];
  /** Namespaces that no longer use a module which others do. */
  readonly released: readonly { readonly digest: string; readonly namespaces: readonly string[] }[];
}

/** How often the use of modules is looked at, in the caches alone. */
const lookSeconds = 2;
const retrySeconds = 30;
/** How often the store is looked through though no module lost a user: a sweep may have failed, or been cut off. */
const fullSweepSeconds = 3600;
/** What is not complete may be being written, by an earlier operator too. */
const incompleteSeconds = 3600;

/** Modules that nothing uses any more, and namespaces that use one no longer. Namespaces that are not watched keep theirs. */
export function planSweep(modules: readonly StoredModule[], use: ModuleUse): SweepPlan {
  const unused: StoredModule[] = [];
  const released: { digest: string; namespaces: string[] }[] = [];
  for (const module of modules) {
    const { digest, isWhole, createdAt } = module;
    const users = use.usedBy.get(digest) ?? new Set();
    const isYoung = use.now - Date.parse(createdAt) <= incompleteSeconds * 1000;
    if (use.isAwaited(module) || (!isWhole && isYoung)) continue;
    const namespaces = module.namespaces.filter((name) => use.isWatched(name) && !users.has(name));
    if (users.size === 0 && namespaces.length === module.namespaces.length) unused.push(module);
    else if (namespaces.length > 0) released.push({ digest, namespaces });
  }
  return { unused, released };
}

/** Digest → namespaces: of revisions, of statuses, and of modules whose revision is not written yet. */
function usersOf({ cache, artifacts }: SweepOptions): Map<string, Set<string>> {
  const usedBy = new Map<string, Set<string>>();
  const add = (digest: string, namespace: string) => {
    usedBy.set(digest, (usedBy.get(digest) ?? new Set()).add(namespace));
  };
  for (const { revision, namespace } of cache.revisions.all()) {
    if (revision) add(revision.data.digest, namespace);
  }
  for (const agent of cache.agents.all()) {
    const { parsed, namespace, isDeleted } = agent;
    // Its revisions are deleted last, and name the modules until then.
    if (isDeleted) continue;
    const status = 'agent' in parsed ? parsed.agent.status : parsed.status;
    if (status.filter) add(status.filter.digest, namespace);
    const answer = artifacts.lastAnswer(keyOf(agent));
    if (answer?.digest !== undefined) add(answer.digest, namespace);
  }
  return usedBy;
}

/** Whether each agent was asked for its module since this process began: before, one that is used may look unused. */
function isComplete({ cache, artifacts }: SweepOptions): boolean {
  const agents = [...cache.agents.all()].filter(({ isDeleted, parsed }) => !isDeleted && 'agent' in parsed);
  return agents.every((agent) => artifacts.lastAnswer(keyOf(agent)) !== undefined);
}

function pairsOf(usedBy: ReadonlyMap<string, ReadonlySet<string>>): Set<string> {
  return new Set([...usedBy].flatMap(([digest, names]) => [...names].map((name) => `${digest}/${name}`)));
}

async function sweep(options: SweepOptions, usedBy: ModuleUse['usedBy']): Promise<void> {
  const { store, artifacts, isWatched } = options;
  const isAwaited = (module: StoredModule) => artifacts.isAwaited(module);
  const use = { usedBy, isWatched, isAwaited, now: Date.now() };
  const { unused, released } = planSweep(await store.list(), use);
  for (const { digest, namespaces } of released) {
    artifacts.forget(digest);
    await store.release(digest, namespaces);
  }
  for (const { digest } of unused) {
    artifacts.forget(digest);
    await store.delete(digest);
    options.deleted(digest);
  }
}

/** Deletes a module from the store as soon as nothing uses it. */
export function sweepModules(options: SweepOptions): AsyncDisposable {
  const stopped = new AbortController();
  let known: ReadonlySet<string> = new Set();
  let sweptAt = -Infinity;
  const look = async () => {
    // A cache that is not complete or out of date would make used modules look unused.
    if (!options.isLeader() || options.cache.secondsInSync() === undefined || !isComplete(options)) return;
    options.artifacts.keepAgents(new Set([...options.cache.agents.all()].map(keyOf)));
    const usedBy = usersOf(options);
    const pairs = pairsOf(usedBy);
    const isDue = performance.now() - sweptAt > fullSweepSeconds * 1000;
    if (!isDue && [...known].every((pair) => pairs.has(pair))) {
      known = pairs;
      return;
    }
    await sweep(options, usedBy);
    known = pairs;
    sweptAt = performance.now();
  };
  const ended = (async () => {
    while (!stopped.signal.aborted) {
      let seconds = lookSeconds;
      try {
        await look();
      } catch (error) {
        options.failed(error);
        seconds = retrySeconds;
      }
      await sleep(seconds * 1000, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await ended;
    },
  };
}
