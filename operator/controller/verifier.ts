import { backoffSeconds } from '../api/backoff.ts';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../api/errors.ts';
import type { BackendUse, Verification } from '../api/pod.ts';
import { hasCode } from '../cluster/api-error.ts';
import { FairSlots } from '../cluster/fair-slots.ts';
import type { ProxyAddress } from '../cluster/proxy-stats.ts';
import { backendUse } from '../rollout/backend-use.ts';
import { StatisticsReader, statisticsFilter, type ProxyStatistics } from '../rollout/proxy-statistics.ts';
import { loadsAllModules, verifyProxy, type Expectation } from '../rollout/verify.ts';
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
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

export interface Answer {
  readonly verification: Verification;
  /** When the proxy was asked. Milliseconds since the epoch; undefined if there is no answer yet. */
  readonly askedAt: number | undefined;
  /** When it was first asked for this revision. Milliseconds since the epoch. */
  readonly askedSince: number | undefined;
  /** When it last answered that Istio's agent has loaded every module. Milliseconds since the epoch; undefined: not in its last answer. */
  readonly modulesLoadedAt: number | undefined;
  readonly backend: BackendUse | undefined;
}

/** What is known of one pod's proxy, since its pod is labelled with the revision. */
interface Known extends Answer {
  readonly question: Question;
  /** When the answer came, and when it was last looked at. Milliseconds of the clock. */
  readonly at: number;
  wantedAt: number;
  /** Questions in a row without an answer. */
  readonly silences: number;
  readonly first: ProxyStatistics | undefined;
  readonly latest: ProxyStatistics | undefined;
}

/** Questions at the same time, and of those the ones of a namespace: its silent pods hold up no other namespace. */
const slots = { total: 24, perGroup: 4 } as const;
/** Seconds for which an answer holds; then the proxy is asked again. */
const repeatSeconds = { Verified: 30, Loaded: 30, Unverified: 10, NotVerified: 2 } as const;
/** Proxies that run what they are to are asked less often where they are many: so many in a second, all together. */
const repeatsPerSecond = 100;
/** Of a proxy that does not answer: twice as long each time. */
const silentSeconds = { first: 2, longest: 15 } as const;
/** Questions in a row without an answer after which the last answer no longer holds: about a minute. */
const silencesMax = 4;
/** Seconds for which a proxy is asked again though nobody has looked at its answer. Each agent is looked at more often. */
const wantedSeconds = 600;
/** Pods that are remembered. The one asked longest ago is forgotten first, and asked again. */
const podsMax = 20_000;

const noAnswer: Answer = {
  verification: { state: 'Unknown', message: 'its proxy has not answered yet' },
  askedAt: undefined,
  askedSince: undefined,
  modulesLoadedAt: undefined,
  backend: undefined,
};

/** Asks proxies in the background what they run, again and again; the last answer is there at once. */
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
    const known = this.#knownOf(question);
    if (known) known.wantedAt = this.#options.clock();
    if (!known || this.#isDue(known)) this.#request(question);
    return known ?? noAnswer;
  }

  /** Asks the proxies again whose answers no longer hold. To be called about once in a second. */
  refresh(): void {
    const wantedSince = this.#options.clock() - wantedSeconds * 1000;
    for (const [uid, known] of this.#known) {
      if (known.wantedAt < wantedSince) this.#known.delete(uid);
      else if (this.#isDue(known)) this.#request(known.question);
    }
  }

  #isDue(known: Known): boolean {
    return this.#options.clock() - known.at > this.#secondsToHold(known) * 1000;
  }

  #secondsToHold({ verification: { state }, silences }: Known): number {
    if (silences > 0) return backoffSeconds(silentSeconds, silences);
    if (state === 'Unknown') return silentSeconds.first;
    const isRunning = state === 'Verified' || state === 'Loaded';
    return Math.max(repeatSeconds[state], isRunning ? this.#known.size / repeatsPerSecond : 0);
  }

  #request(question: Question): void {
    const { pod, expected } = question;
    const key = `${pod.uid}/${expected.revision}`;
    if (this.#underWay.has(key)) return;
    this.#underWay.add(key);
    void this.#slots
      .run(pod.namespace, () => this.#ask(question))
      .finally(() => {
        this.#underWay.delete(key);
      });
  }

  /** What was found before the pod was labelled with the revision says nothing of what it runs since. */
  #knownOf({ pod, expected }: Question): Known | undefined {
    const known = this.#known.get(pod.uid);
    return known?.question.expected.revision === expected.revision ? known : undefined;
  }

  async #ask(question: Question): Promise<void> {
    const { pod } = question;
    const askedAt = Date.now();
    const present = this.#known.get(pod.uid);
    const before = this.#knownOf(question);
    const found = await this.#find(question, before, askedAt);
    // The pod was labelled with another revision meanwhile, and that one's answer came first.
    if (this.#known.get(pod.uid) !== present) return;
    this.#known.delete(pod.uid);
    if (found === undefined) return;
    const at = this.#options.clock();
    this.#known.set(pod.uid, { ...found, question, at, wantedAt: before?.wantedAt ?? at });
    const oldest = this.#known.keys().next();
    if (this.#known.size > podsMax && !oldest.done) this.#known.delete(oldest.value);
    this.#options.checked(found.verification);
    const isSame =
      isDeepStrictEqual(before?.verification, found.verification) && before?.backend === found.backend;
    if (!isSame) this.#options.changed(question);
  }

  /** @returns undefined for a pod that is gone. */
  async #find(
    { pod, expected }: Question,
    before: Known | undefined,
    askedAt: number,
  ): Promise<Omit<Known, 'question' | 'at' | 'wantedAt'> | undefined> {
    const { first, latest: previous, backend, silences = 0, askedSince = askedAt } = before ?? {};
    const { modulesLoadedAt } = before ?? {};
    try {
      const reader = new StatisticsReader(expected.plugins.map(({ name }) => name));
      const latest = await this.#options.route.ask(pod, statisticsFilter, async ({ at, lines }) => {
        for await (const line of lines) reader.read(line);
        return reader.result(at);
      });
      return {
        verification: verifyProxy(expected, { latest, previous, first }),
        askedAt,
        askedSince,
        modulesLoadedAt: loadsAllModules(latest) ? askedAt : undefined,
        backend: backendUse(latest, previous) ?? backend,
        first: first ?? latest,
        latest,
        silences: 0,
      };
    } catch (error) {
      if (hasCode(error, 404)) return undefined;
      const memory = {
        askedSince,
        modulesLoadedAt,
        backend,
        first,
        latest: previous,
        silences: silences + 1,
      };
      if (error instanceof NoRouteError) {
        const message = `no proxy of the cluster can be asked: ${error.message}`;
        return { ...memory, verification: { state: 'Unverified', message }, askedAt };
      }
      // One answer that is missing is no news of a proxy that has answered before.
      if (previous && before && memory.silences < silencesMax) return { ...before, ...memory };
      const message = `its proxy cannot be asked: ${messageOf(error)}`;
      return { ...memory, verification: { state: 'Unknown', message }, askedAt };
    }
  }
}
