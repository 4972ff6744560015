import { messageOf } from '../api/errors.ts';
import { ApiError } from '../cluster/api-error.ts';
import type { AskProxy, ProxyAddress } from '../cluster/proxy-stats.ts';
import { timeoutSignal } from '../cluster/timeout-signal.ts';

export interface RouteOptions {
  /** In the order in which they are tried. */
  readonly ways: readonly [ProxyWay, ...ProxyWay[]];
  /** Called when another way is taken, or none is left. */
  readonly changed: (way: string | undefined) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

export interface ProxyWay {
  readonly name: string;
  readonly ask: AskProxy;
}

/** No proxy of the cluster can be asked. */
export class NoRouteError extends Error {
  override readonly name = 'NoRouteError';
}

/** Seconds for one proxy's answer; 0.07 are usual. */
const deadlineSeconds = 5;
/** Proxies in a row that could not be reached until another way is tried. */
const podsMin = 3;
/** Questions in a row without an answer until another way is tried, where there are fewer proxies than that. */
const failuresMin = 6;
/** A proxy that answered so long ago says nothing of the network now. Seconds; each is asked again after 30. */
const reachedSeconds = 45;

/**
 * How the cluster's proxies are reached. Some networks let nobody but the kubelet reach a pod from outside its own network: then the
 * API server gets no answer from any proxy. That is found out once for the cluster, not once for each pod, and no proxy that
 * answers again is missed: questions are asked all the same, one way after the other.
 */
export class ProxyRoute {
  readonly #options: RouteOptions;
  #way: ProxyWay;
  #isBlocked = false;
  #reachedAt: number | undefined;
  #failures = 0;
  /** Pods that could not be reached since the last answer; at most `podsMin`. */
  readonly #unreached = new Set<string>();

  constructor(options: RouteOptions) {
    this.#options = options;
    [this.#way] = options.ways;
  }

  /** Asks a proxy, and reads its answer. @throws {NoRouteError} where no proxy can be asked. */
  async ask<T>(pod: ProxyAddress, filter: string, read: (answer: Answer) => Promise<T>): Promise<T> {
    const attempt = async (way: ProxyWay) => {
      const signal = timeoutSignal(deadlineSeconds);
      const result = await read(await way.ask({ pod, filter, signal }));
      this.#reached(way);
      return result;
    };
    try {
      return await attempt(this.#way);
    } catch (error) {
      if (!isUnreachable(error)) throw error;
      this.#failures += 1;
      if (this.#unreached.size < podsMin) this.#unreached.add(`${pod.namespace}/${pod.name}`);
      if (!this.#mayBeBlocked()) throw error;
      return this.#tryOthers(attempt, error);
    }
  }

  async #tryOthers<T>(attempt: (way: ProxyWay) => Promise<T>, error: unknown): Promise<T> {
    for (const way of this.#options.ways) {
      if (way === this.#way) continue;
      try {
        return await attempt(way);
      } catch {
        // The first route's error names what is missing.
      }
    }
    if (!this.#isBlocked) this.#options.changed(undefined);
    this.#isBlocked = true;
    throw new NoRouteError(messageOf(error), { cause: error });
  }

  #reached(way: ProxyWay): void {
    if (way !== this.#way || this.#isBlocked) this.#options.changed(way.name);
    this.#way = way;
    this.#isBlocked = false;
    this.#reachedAt = this.#options.clock();
    this.#failures = 0;
    this.#unreached.clear();
  }

  #mayBeBlocked(): boolean {
    const isRecent =
      this.#reachedAt !== undefined && this.#options.clock() - this.#reachedAt < reachedSeconds * 1000;
    return !isRecent && (this.#unreached.size >= podsMin || this.#failures >= failuresMin);
  }
}

type Answer = Awaited<ReturnType<AskProxy>>;

/** What an API server says of a pod that its network does not lead to. A refused connection came from the pod's node. */
const networkMessage =
  /i\/o timeout|no route to host|network is unreachable|deadline exceeded|No agent available|handshake timeout/;
const networkCodes: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

function isUnreachable(error: unknown): boolean {
  if (error instanceof ApiError) {
    // Without the right on pods/proxy no proxy can be asked this way.
    if (error.code === 403) return error.reason === 'Forbidden';
    return error.code >= 500 && networkMessage.test(error.message);
  }
  if (!(error instanceof Error)) return false;
  if (error.name === 'TimeoutError') return true;
  const { cause } = error as { readonly cause?: { readonly code?: unknown } };
  return typeof cause?.code === 'string' && networkCodes.has(cause.code);
}
