import pLimit from 'p-limit';
import { messageOf } from '../api/errors.ts';
import type { GateQuestion, ProxiesSample } from '../api/gates.ts';
import { hasCode } from '../cluster/api-error.ts';
import type { MeasuredKind, Measurer, ProxyPod, Subject } from './measurer.ts';
import { countsFilter, ProxyCountsReader, type ProxyCounts } from './proxy-counts.ts';
import { ProxyDeltas, type Side } from './proxy-deltas.ts';

/** Seconds between two rounds of questions. */
const pauseSeconds = 5;
/** Pods of either side that are asked, and how many of them at once. */
const podsMax = 40;
const atOnce = 10;
/** Seconds for which a pod that does not answer leaves the comparison as it is. */
const silentSeconds = 30;

export const proxiesKind: MeasuredKind = {
  start: ({ name, proxies }, agent, context) =>
    proxies && new ProxiesMeasurer({ name, gate: proxies, agent, context }),
};

/**
 * Asks the proxies of both sides, again and again, for what they counted. The counts begin with the first answers: an operator
 * that has just started measures from then on, and the gate waits until it has seen enough requests itself.
 */
class ProxiesMeasurer implements Measurer {
  readonly #subject: Subject<unknown>;
  readonly #deltas = new ProxyDeltas();
  /** Uid of a pod with the new revision → when it last answered. Milliseconds since the epoch. */
  #answeredAt = new Map<string, number>();

  constructor(subject: Subject<unknown>) {
    this.#subject = subject;
  }

  async measure(question: GateQuestion): Promise<ProxiesSample> {
    const limit = pLimit(atOnce);
    const canaries = this.#podsOf(question.canaryPods);
    const others = this.#podsOf(question.stablePods);
    const { revision } = question;
    const silent = await Promise.all(
      canaries.map((pod) => limit(() => this.#askCanary(pod, (other) => other === revision))),
    );
    await Promise.all(
      others.map((pod) =>
        // One that does not answer is missing from what is compared with, no more.
        limit(() => this.#ask(pod, 'stable', (other) => other !== revision)).catch(() => undefined),
      ),
    );
    this.#answeredAt = new Map(
      canaries.flatMap(({ uid }) => {
        const at = this.#answeredAt.get(uid);
        return at === undefined ? [] : [[uid, at] as const];
      }),
    );
    return this.#sample(silent.find((problem) => problem !== undefined));
  }

  failed(problem: string): ProxiesSample {
    return this.#sample(problem);
  }

  pause(): number {
    return pauseSeconds;
  }

  #sample(problem: string | undefined): ProxiesSample {
    return { kind: 'Proxies', at: Date.now(), problem, ...this.#deltas.totals() };
  }

  #podsOf(names: readonly string[]): ProxyPod[] {
    const { agent, context } = this.#subject;
    return names
      .toSorted()
      .flatMap((name) => context.podOf(agent.namespace, name) ?? [])
      .slice(0, podsMax);
  }

  /** @returns why the pod has not answered for a while. */
  async #askCanary(pod: ProxyPod, isCounted: (revision: string) => boolean): Promise<string | undefined> {
    try {
      await this.#ask(pod, 'canary', isCounted);
      this.#answeredAt.set(pod.uid, Date.now());
      return undefined;
    } catch (error) {
      // Gone: the next question names others.
      if (hasCode(error, 404)) return undefined;
      const since = this.#answeredAt.get(pod.uid) ?? 0;
      if (Date.now() - since <= silentSeconds * 1000) return undefined;
      return `pod ${pod.name}: its proxy cannot be asked: ${messageOf(error)}`;
    }
  }

  async #ask(pod: ProxyPod, side: Side, isCounted: (revision: string) => boolean): Promise<void> {
    const reader = new ProxyCountsReader(isCounted);
    const counts = await this.#subject.context.askProxy(pod, countsFilter, async ({ lines }) => {
      for await (const line of lines) reader.read(line);
      return reader.result() satisfies ProxyCounts;
    });
    this.#deltas.add(pod.uid, side, counts);
  }
}
