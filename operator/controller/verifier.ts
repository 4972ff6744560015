import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../api/errors.ts';
import type { Verification } from '../api/pod.ts';
import type { ClusterClient } from '../cluster/client.ts';
import { proxyStatistics } from '../cluster/proxy-stats.ts';
import { verifyProxy } from '../rollout/verify.ts';

export interface Question {
  readonly namespace: string;
  readonly agentName: string;
  readonly podName: string;
  readonly podUid: string;
  readonly revision: string;
}

export interface VerifierOptions {
  /** Told when an answer is another than before. */
  readonly changed: (question: Question) => void;
  readonly checked: (verification: Verification) => void;
}

export interface Answer {
  readonly verification: Verification;
  /** When the proxy was asked. Milliseconds since the epoch; undefined if there is no answer yet. */
  readonly askedAt: number | undefined;
}

interface KeptAnswer extends Answer {
  /** Milliseconds of the monotonic clock. */
  readonly at: number;
}

/** Proxies asked at the same time. */
const concurrency = 8;
/** Seconds for which an answer holds: the next question after that is passed on. */
const repeatSeconds = { Verified: 60, NotVerified: 2, Unknown: 2 } as const;
/** Answers kept; the oldest goes first, and its pod is asked anew. */
const answersMax = 20_000;

const noAnswer: Answer = {
  verification: { state: 'Unknown', message: 'its proxy has not answered yet' },
  askedAt: undefined,
};

/** Asks proxies in the background what they run; the last answer is there at once. */
export class Verifier {
  readonly #client: ClusterClient;
  readonly #options: VerifierOptions;
  readonly #answers = new Map<string, KeptAnswer>();
  readonly #waiting = new Map<string, Question>();
  readonly #running = new Set<string>();

  constructor(client: ClusterClient, options: VerifierOptions) {
    this.#client = client;
    this.#options = options;
  }

  answer(question: Question): Answer {
    const key = `${question.podUid}/${question.revision}`;
    const answer = this.#answers.get(key);
    const isDue = !answer || performance.now() - answer.at > repeatSeconds[answer.verification.state] * 1000;
    if (isDue && !this.#running.has(key)) {
      this.#waiting.set(key, question);
      this.#startMore();
    }
    return answer ?? noAnswer;
  }

  #startMore(): void {
    for (const [key, question] of this.#waiting) {
      if (this.#running.size >= concurrency) return;
      this.#waiting.delete(key);
      this.#running.add(key);
      void this.#ask(key, question);
    }
  }

  async #ask(key: string, question: Question): Promise<void> {
    const askedAt = Date.now();
    const verification = await this.#verify(question);
    const before = this.#answers.get(key)?.verification;
    this.#answers.delete(key);
    this.#answers.set(key, { verification, askedAt, at: performance.now() });
    const oldest = this.#answers.keys().next();
    if (this.#answers.size > answersMax && !oldest.done) this.#answers.delete(oldest.value);
    this.#running.delete(key);
    this.#options.checked(verification);
    if (!isDeepStrictEqual(before, verification)) this.#options.changed(question);
    this.#startMore();
  }

  async #verify({ namespace, podName, revision }: Question): Promise<Verification> {
    try {
      return verifyProxy(await proxyStatistics(this.#client, { namespace, name: podName }), revision);
    } catch (error) {
      const message = messageOf(error);
      return { state: 'Unknown', message: `its proxy cannot be asked: ${message}` };
    }
  }
}
