import { z } from 'zod';
import type { Gate } from '../api/gate-schema.ts';
import type { GateQuestion, PrometheusSample } from '../api/gates.ts';
import { plainText } from '../api/plain-text.ts';
import { durationSeconds } from '../api/units.ts';
import { fillIn } from './fill-in.ts';
import { postToGate, type GateResponse } from './gate-request.ts';
import type { MeasuredKind, Measurer, Subject } from './measurer.ts';

type PrometheusGate = NonNullable<Gate['prometheus']>;

/** Seconds for one query. */
const deadlineSeconds = 10;

export const prometheusKind: MeasuredKind = {
  start: ({ name, prometheus }, agent, context) =>
    prometheus && new PrometheusMeasurer({ name, gate: prometheus, agent, context }),
};

/** An instant query at each interval: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
class PrometheusMeasurer implements Measurer {
  readonly #subject: Subject<PrometheusGate>;
  #values: readonly number[] = [];

  constructor(subject: Subject<PrometheusGate>) {
    this.#subject = subject;
  }

  async measure(question: GateQuestion): Promise<PrometheusSample> {
    const { name, gate, agent, context } = this.#subject;
    const { address, query, failureLimit, caBundle, tokenSecret } = gate;
    const response = await postToGate(context, {
      namespace: agent.namespace,
      url: `${address.replace(/\/$/, '')}/api/v1/query`,
      field: `spec.rollout.gates[${name}].prometheus`,
      urlField: 'address',
      contentType: 'application/x-www-form-urlencoded',
      body: new URLSearchParams({ query: fillIn(query, agent, question) }).toString(),
      seconds: deadlineSeconds,
      caBundle,
      tokenSecret,
    });
    const result = readAnswer(response);
    if (typeof result === 'string') return this.failed(result);
    this.#values = [...this.#values, result].slice(-failureLimit);
    return { kind: 'Prometheus', at: Date.now(), problem: undefined, values: this.#values };
  }

  failed(problem: string): PrometheusSample {
    return { kind: 'Prometheus', at: Date.now(), problem, values: this.#values };
  }

  pause(): number {
    return durationSeconds(this.#subject.gate.interval);
  }
}

const sample = z.tuple([z.number(), z.string()]);
const answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    data: z.discriminatedUnion('resultType', [
      z.object({ resultType: z.literal('vector'), result: z.array(z.object({ value: sample })) }),
      z.object({ resultType: z.literal('scalar'), result: sample }),
      z.object({ resultType: z.enum(['matrix', 'string']) }),
    ]),
  }),
  z.object({ status: z.literal('error'), errorType: z.string(), error: z.string() }),
]);

/** @returns the one number of the answer, or why there is not one. */
function readAnswer({ status, text }: GateResponse): number | string {
  const parsed = answer.safeParse(parseJson(text));
  // What the body of another kind of server holds is not shown: the URL may lead anywhere.
  if (!parsed.success) return `the server answers ${status}, and not in the form of the Prometheus HTTP API`;
  if (parsed.data.status === 'error') {
    const { errorType, error } = parsed.data;
    return plainText(`the server refuses the query: ${errorType}: ${error}`);
  }
  const { data } = parsed.data;
  switch (data.resultType) {
    case 'scalar':
      return numberOf(data.result[1]);
    case 'vector': {
      const [only, ...others] = data.result;
      if (only === undefined) return 'the query gives no series; it may have no data yet';
      if (others.length > 0) {
        return `the query gives ${data.result.length} series; aggregate them to one, with sum() for example`;
      }
      return numberOf(only.value[1]);
    }
    case 'matrix':
    case 'string':
      return `the query gives a ${data.resultType}; it must give one number`;
  }
}

function numberOf(text: string): number | string {
  const value = Number(text);
  return Number.isFinite(value) ? value : `the query gives ${plainText(text)}; it may have no data yet`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
