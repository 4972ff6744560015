import type { SpAgent } from '../../api/schema.ts';
import { Failure } from '../failure.ts';
import { repeatUntil } from '../repeat-until.ts';
import type { Trial } from './trial.ts';

/** The agent with all that could keep a request from being looked up, recorded and replayed taken away. */
export function withoutRules(agent: SpAgent): SpAgent {
  const { capture, lookup } = agent.spec;
  return {
    ...agent,
    spec: {
      ...agent.spec,
      mode: 'Cache',
      lookup: { ...lookup, methods: undefined, strict: false, when: 'Always' },
      capture: { ...capture, rules: [], exempt: [], statuses: undefined, sample: '100%' },
    },
  };
}

interface Exchange {
  readonly name: string;
  readonly path: string;
  readonly body?: string;
}

/** What must work, a request with a body included: its headers are held until the body was looked up. */
const exchanges: readonly Exchange[] = [
  { name: 'GET', path: '/spagent-test/get' },
  { name: 'POST with a body', path: '/spagent-test/post', body: JSON.stringify({ amount: 3 }) },
];

const saveDeadlineSeconds = 10;

/**
 * Sends each request twice: first a miss that goes upstream and is saved, then a hit with the very same answer.
 * @throws {Failure} with what was different.
 */
export async function tryExchanges(trial: Trial, report: (line: string) => void): Promise<void> {
  for (const exchange of exchanges) await tryExchange(trial, exchange, report);
}

async function tryExchange(trial: Trial, exchange: Exchange, report: (line: string) => void): Promise<void> {
  const before = { calls: trial.upstreamCalls(), saved: trial.backend.recordings.count };
  const miss = await ask(trial, exchange);
  if (miss.status !== 200 || trial.upstreamCalls() !== before.calls + 1) {
    throw new Failure(`${exchange.name}: the first request got ${miss.status} and did not go upstream once`);
  }
  report(`${exchange.name}: miss, answered by upstream`);
  const isSaved = () => trial.backend.recordings.count > before.saved;
  if (!(await repeatUntil(isSaved, { seconds: saveDeadlineSeconds, pollMilliseconds: 20 }))) {
    throw new Failure(`${exchange.name}: nothing was saved in ${saveDeadlineSeconds} s`);
  }
  report(`${exchange.name}: saved`);
  const hit = await ask(trial, exchange);
  if (trial.upstreamCalls() !== before.calls + 1) {
    throw new Failure(`${exchange.name}: the second request went upstream again; it was not found`);
  }
  if (hit.status !== miss.status || hit.body !== miss.body) {
    throw new Failure(
      `${exchange.name}: the replayed answer is not the recorded one: ${hit.status} ${hit.body}`,
    );
  }
  report(`${exchange.name}: hit, the recorded answer without upstream`);
}

async function ask(
  { proxy: { url } }: Trial,
  { path, body }: Exchange,
): Promise<{ status: number; body: string }> {
  const response = await fetch(url + path, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'x-softprobe-session-id': 'spagent-test' },
    signal: AbortSignal.timeout(30_000),
    ...(body === undefined ? {} : { body }),
  });
  return { status: response.status, body: await response.text() };
}
