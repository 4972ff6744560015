import { backoffSeconds } from '../api/backoff.ts';
import type { Gate } from '../api/gate-schema.ts';
import type { GateQuestion, WebhookSample } from '../api/gates.ts';
import { durationSeconds } from '../api/units.ts';
import { postToGate } from './gate-request.ts';
import type { MeasuredKind, Measurer, Subject } from './measurer.ts';

type WebhookGate = NonNullable<Gate['webhook']>;

/** How soon a server is asked again that has not decided. Seconds. */
const pauses = { first: 5, longest: 60 } as const;

export const webhookKind: MeasuredKind = {
  start: ({ name, webhook }, agent, context) =>
    webhook && new WebhookMeasurer({ name, gate: webhook, agent, context }),
};

/** Asks until the server decides, once in a step. */
class WebhookMeasurer implements Measurer {
  readonly #subject: Subject<WebhookGate>;
  #attempts = 0;
  #status: number | undefined;

  constructor(subject: Subject<WebhookGate>) {
    this.#subject = subject;
  }

  async measure(question: GateQuestion): Promise<WebhookSample> {
    const { name: gateName, gate, agent, context } = this.#subject;
    const { url, timeout, caBundle, tokenSecret } = gate;
    const { namespace, name } = agent;
    const { revision, stableRevision, step, canaryPods } = question;
    this.#attempts += 1;
    const { status } = await postToGate(context, {
      namespace,
      url,
      field: `spec.rollout.gates[${gateName}].webhook`,
      urlField: 'url',
      contentType: 'application/json',
      body: JSON.stringify({
        namespace,
        agent: name,
        gate: gateName,
        revision,
        ...(stableRevision === undefined ? {} : { stableRevision }),
        step,
        pods: canaryPods.toSorted(),
      }),
      seconds: durationSeconds(timeout),
      caBundle,
      tokenSecret,
    });
    this.#status = status;
    return { kind: 'Webhook', at: Date.now(), problem: undefined, status };
  }

  failed(problem: string): WebhookSample {
    return { kind: 'Webhook', at: Date.now(), problem, status: undefined };
  }

  pause(): number | undefined {
    const status = this.#status ?? 0;
    const isDecided = (status >= 200 && status < 300) || (status >= 400 && status < 500);
    return isDecided ? undefined : backoffSeconds(pauses, this.#attempts);
  }
}
