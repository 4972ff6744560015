import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../api/errors.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { discoverIstioKinds } from '../cluster/discovery.ts';
import type { Cache } from './cache.ts';

interface IstioKindsOptions {
  readonly client: ClusterClient;
  readonly cache: Cache;
  readonly log: Logger;
  /** Between two looks. */
  readonly seconds?: number | undefined;
}

const secondsByDefault = 15;

/** Looks for Istio's kinds again and again: their CRDs come with Istio, which may be installed later than we are. */
export function followIstioKinds({
  client,
  cache,
  log,
  seconds: usual = secondsByDefault,
}: IstioKindsOptions): AsyncDisposable {
  const stopped = new AbortController();
  const ended = (async () => {
    while (!stopped.signal.aborted) {
      let seconds = usual;
      try {
        await cache.setIstioKinds(await discoverIstioKinds(client));
      } catch (error) {
        log.warn({ error: messageOf(error) }, "Istio's kinds could not be discovered; it is tried again");
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
