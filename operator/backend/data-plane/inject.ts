import { messageOf } from '../../api/errors.ts';
import { ruleSetOf, type Session } from '../control/sessions.ts';
import { json, text, type Answer } from '../http/answer.ts';
import { decideByRules, type MockResponse } from '../match/rules.ts';
import { attributeText, requestOf, type ExchangeRequest } from '../protocol/exchange.ts';
import type { KeyValue, ResourceSpan, TracesData } from '../protocol/otlp.ts';
import { readTracesMessage, writeTracesMessage, type TracesFormat } from '../protocol/traces-message.ts';
import type { LookupOutcome } from '../store/lookups.ts';
import type { BackendState } from '../state.ts';

/** How a message was sent, and what its sender reads. */
export interface Formats {
  readonly sent: TracesFormat;
  /** Undefined answers in the form of the message. */
  readonly accepted: TracesFormat | undefined;
}

/** `POST /v1/inject`: answers a request from a rule of its session or from a recording. */
export function inject(state: BackendState, body: Buffer, formats: Formats): Answer {
  let request: ExchangeRequest;
  let format: TracesFormat;
  try {
    const message = readTracesMessage(body, formats.sent);
    request = requestOf(lookupSpan(message.spans));
    format = formats.accepted ?? message.format;
  } catch (error) {
    return text(400, messageOf(error));
  }
  const session = state.sessions.find(request.key.session);
  const { outcome, answer } = session
    ? answerByRules(session, request, format)
    : answerByRecording(state, request, format);
  state.lookups.add(request, outcome, state.recordings.lastId);
  state.changes.notify();
  state.log.debug({ ...request.key, ...outcome }, 'lookup');
  return answer;
}

/** The first span of type `inject`; an agent that names no type sends one span. */
function lookupSpan(spans: readonly ResourceSpan[]): ResourceSpan {
  const lookup = spans.find(({ span }) => attributeText(span.attributes ?? [], 'sp.span.type') === 'inject');
  const [only, ...others] = spans;
  if (lookup) return lookup;
  if (only && others.length === 0) return only;
  throw new Error('a lookup has a span with sp.span.type "inject", or exactly one span');
}

interface Outcome {
  readonly outcome: LookupOutcome;
  readonly answer: Answer;
}

const miss: Answer = text(404, 'no recording of this request');

function answerByRecording(state: BackendState, request: ExchangeRequest, format: TracesFormat): Outcome {
  const found = state.replayer.find(request);
  if (!found) return { outcome: { answer: 'miss' }, answer: miss };
  return { outcome: { answer: 'hit', recordingId: found.id }, answer: hit(found.answer, format) };
}

function answerByRules(session: Session, request: ExchangeRequest, format: TracesFormat): Outcome {
  if (session.isClosed) return { outcome: { answer: 'miss' }, answer: text(404, 'the session is closed') };
  const decision = decideByRules(ruleSetOf(session), request.key);
  switch (decision.answer) {
    case 'pass':
      return {
        outcome: { answer: 'miss' },
        answer: text(404, 'no rule of the session answers this request'),
      };
    case 'strictMiss':
      session.stats.strictMisses += 1;
      return {
        outcome: { answer: 'strictMiss' },
        answer: json({ error: 'strict policy requires a mock rule match' }, 500),
      };
    case 'error':
      return {
        outcome: { answer: 'rule', status: decision.status },
        answer: json(errorBody(decision.body), decision.status),
      };
    case 'mock':
      session.stats.injectedSpans += 1;
      return {
        outcome: { answer: 'rule', status: decision.response.status },
        answer: hit(mockTraces(request, decision.response), format),
      };
  }
}

/** A body that is not an object becomes one, as agents pass it on as JSON. */
function errorBody(body: unknown): unknown {
  if (typeof body === 'object' && body !== null) return body;
  return { error: body ?? 'an error rule of the session answers this request' };
}

function mockTraces({ key }: ExchangeRequest, { status, headers, body }: MockResponse): TracesData {
  const attributes: KeyValue[] = [
    { key: 'http.response.status_code', value: { intValue: status } },
    ...Object.entries(headers).map(([name, value]) => ({
      key: `http.response.header.${name.toLowerCase()}`,
      value: { stringValue: value },
    })),
    ...(body === '' ? [] : [{ key: 'http.response.body', value: { stringValue: body } }]),
  ];
  return { resourceSpans: [{ scopeSpans: [{ spans: [{ name: key.path, attributes }] }] }] };
}

function hit(traces: TracesData, format: TracesFormat): Answer {
  const type = format === 'json' ? 'application/json' : 'application/x-protobuf';
  return { status: 200, type, body: writeTracesMessage(traces, format) };
}
