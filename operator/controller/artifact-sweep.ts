import { setTimeout as sleep } from 'node:timers/promises';
import type { StoredModule } from '../artifact/store/chunks.ts';
import type { ModuleStore } from '../artifact/store/module-store.ts';
import type { Cache } from './cache.ts';

export interface SweepOptions {
  readonly store: ModuleStore;
  readonly cache: Cache;
  /** Only one replica sweeps. */
  readonly isLeader: () => boolean;
  readonly deleted: (digest: string) => void;
  readonly failed: (error: unknown) => void;
}

const sweepSeconds = 3600;
/** A module is stored before the revision that names it is written. */
const graceSeconds = 3600;

/** Modules that nothing names any more: neither a revision nor the status of an agent. */
export function unusedModules(
  modules: readonly StoredModule[],
  used: ReadonlySet<string>,
  now: number,
): StoredModule[] {
  return modules.filter(
    ({ digest, createdAt }) => !used.has(digest) && now - Date.parse(createdAt) > graceSeconds * 1000,
  );
}

function usedDigests(cache: Cache): Set<string> {
  const used = new Set<string>();
  for (const item of cache.controllerRevisions.all()) {
    if (item.kind === 'Revision') used.add(item.revision.data.digest);
  }
  for (const { parsed } of cache.agents.all()) {
    if ('agent' in parsed && parsed.agent.status.filter) used.add(parsed.agent.status.filter.digest);
  }
  return used;
}

/** Deletes unused modules from the store, now and then. */
export function sweepModules(options: SweepOptions): AsyncDisposable {
  const { store, cache } = options;
  const stopped = new AbortController();
  const ended = (async () => {
    for (;;) {
      await sleep(sweepSeconds * 1000, undefined, { signal: stopped.signal }).catch(() => undefined);
      if (stopped.signal.aborted) return;
      // An incomplete or outdated cache would make used modules look unused.
      if (!options.isLeader() || cache.secondsInSync() === undefined) continue;
      try {
        for (const { digest } of unusedModules(await store.list(), usedDigests(cache), Date.now())) {
          await store.delete(digest);
          options.deleted(digest);
        }
      } catch (error) {
        options.failed(error);
      }
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await ended;
    },
  };
}
