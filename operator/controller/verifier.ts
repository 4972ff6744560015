import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../api/errors.ts';
import type { BackendUse, Verification } from '../api/pod.ts';
import { FairSlots } from '../cluster/fair-slots.ts';
import type { ProxyAddress } from '../cluster/proxy-stats.ts';
import { backendUse } from '../rollout/backend-use.ts';
import { StatisticsReader, statisticsFilter, type ProxyStatistics } from '../rollout/proxy-statistics.ts';
import { verifyProxy, type Expectation } from '../rollout/verify.ts';
import { NoRouteError, type ProxyRoute } from './proxy-route.ts';

export interface Question {
  readonly agentName: string;
  readonly pod: ProxyAddress & { readonly uid: string };
  readonly expected: Expectation;
}

export interface VerifierOptions {
  readonly route: Pick<ProxyRoute, 'ask'>;
  /** Called when an answer differs from the one before. */
  readonly changed: (question: Question) => void;
  readonly checked: (verification: Verification) => void;
}

export interface Answer {
  readonly verification: Verification;
  /** When the proxy was asked. Milliseconds since the epoch; undefined if there is no answer yet. */
  readonly askedAt: number | undefined;
  readonly backend: BackendUse | undefined;
}

/** What is known of one pod's proxy, since its pod is labelled with the revision. */
interface Known extends Answer {
  readonly revision: string;
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
  /** Questions in a row without an answer. */
  readonly silences: number;
  readonly first: ProxyStatistics | undefined;
  readonly latest: ProxyStatistics | undefined;
}

/** Questions at the same time, and of those the ones of a namespace: its silent pods hold up no other namespace. */
const slots = { total: 24, perGroup: 4 } as const;
/** Seconds for which an answer holds: the next question after that is asked. */
const repeatSeconds = { Verified: 30, Loaded: 30, Unverified: 10, NotVerified: 2 } as const;
/** Of a proxy that does not answer: twice as long each time. */
const silentSeconds = { first: 2, longest: 30 } as const;
/** Pods that are remembered. The one asked longest ago is forgotten first, and asked again. */
const podsMax = 20_000;

const noAnswer: Answer = {
  verification: { state: 'Unknown', message: 'its proxy has not answered yet' },
  askedAt: undefined,
  backend: undefined,
};

/** Asks proxies in the background what they run; the last answer is there at once. */
export class Verifier {
  readonly #options: VerifierOptions;
  readonly #slots = new FairSlots(slots);
  /** By the pod's uid. */
  readonly #known = new Map<string, Known>();
  readonly #underWay = new Set<string>();

  constructor(options: VerifierOptions) {
    this.#options = options;
  }

  answer(question: Question): Answer {
    const { pod, expected } = question;
    const known = this.#knownOf(question);
    const isDue = !known || performance.now() - known.at > secondsUntilNext(known) * 1000;
    const key = `${pod.uid}/${expected.revision}`;
    if (isDue && !this.#underWay.has(key)) {
      this.#underWay.add(key);
      void this.#slots
        .run(pod.namespace, () => this.#ask(question))
        .finally(() => {
          this.#underWay.delete(key);
        });
    }
    return known ?? noAnswer;
  }

  /** What was found before the pod was labelled with the revision says nothing of what it runs since. */
  #knownOf({ pod, expected }: Question): Known | undefined {
    const known = this.#known.get(pod.uid);
    return known?.revision === expected.revision ? known : undefined;
  }

  async #ask(question: Question): Promise<void> {
    const { pod, expected } = question;
    const askedAt = Date.now();
    const before = this.#knownOf(question);
    const found = await this.#find(question, before);
    this.#known.delete(pod.uid);
    this.#known.set(pod.uid, { ...found, revision: expected.revision, askedAt, at: performance.now() });
    const oldest = this.#known.keys().next();
    if (this.#known.size > podsMax && !oldest.done) this.#known.delete(oldest.value);
    this.#options.checked(found.verification);
    const isSame =
      isDeepStrictEqual(before?.verification, found.verification) && before?.backend === found.backend;
    if (!isSame) this.#options.changed(question);
  }

  async #find(
    { pod, expected }: Question,
    before: Known | undefined,
  ): Promise<Omit<Known, 'revision' | 'askedAt' | 'at'>> {
    const { first, latest: previous, backend, silences = 0 } = before ?? {};
    try {
      const reader = new StatisticsReader(expected.plugins.map(({ name }) => name));
      const latest = await this.#options.route.ask(pod, statisticsFilter, async ({ at, lines }) => {
        for await (const line of lines) reader.read(line);
        return reader.result(at);
      });
      return {
        verification: verifyProxy(expected, { latest, previous, first }),
        backend: backendUse(latest, previous) ?? backend,
        first: first ?? latest,
        latest,
        silences: 0,
      };
    } catch (error) {
      const verification: Verification =
        error instanceof NoRouteError
          ? { state: 'Unverified', message: `no proxy of the cluster can be asked: ${error.message}` }
          : { state: 'Unknown', message: `its proxy cannot be asked: ${messageOf(error)}` };
      return { verification, backend, first, latest: previous, silences: silences + 1 };
    }
  }
}

function secondsUntilNext({ verification: { state }, silences }: Known): number {
  if (state !== 'Unknown') return repeatSeconds[state];
  return Math.min(silentSeconds.longest, silentSeconds.first * 2 ** Math.min(silences - 1, 10));
}
