import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../api/errors.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { discoverKinds } from '../cluster/discovery.ts';
import { optionalKinds } from '../cluster/kinds.ts';
import type { Cache } from './cache.ts';

interface KindsOptions {
  readonly client: ClusterClient;
  readonly cache: Cache;
  readonly log: Logger;
  /** Between two looks. */
  readonly seconds?: number | undefined;
}

const secondsByDefault = 15;

/** Looks again and again for kinds of other projects' CRDs, such as Istio's: these may be installed later than we are. */
export function followKinds({
  client,
  cache,
  log,
  seconds: usual = secondsByDefault,
}: KindsOptions): AsyncDisposable {
  const stopped = new AbortController();
  const ended = (async () => {
    while (!stopped.signal.aborted) {
      let seconds = usual;
      try {
        await cache.setServedKinds(await discoverKinds(client, optionalKinds));
      } catch (error) {
        log.warn(
          { error: messageOf(error) },
          'the kinds that the cluster has could not be discovered; it is tried again',
        );
        seconds = Math.min(seconds, 2);
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
