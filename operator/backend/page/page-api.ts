import { casePieces } from '../control/case-file.ts';
import { HttpError, json, type Answer } from '../http/answer.ts';
import { firstJsonDifference } from '../match/first-json-difference.ts';
import { nearest } from '../match/nearest.ts';
import { bodyKey } from '../match/body-key.ts';
import { variantOf } from '../match/variant.ts';
import type { Difference } from '../match/select.ts';
import { exchangeOf, type Body, type Exchange } from '../protocol/exchange.ts';
import type { RecordingFilter } from '../store/recording-filter.ts';
import type { Recordings } from '../store/recordings.ts';
import type { BackendState } from '../state.ts';
import { viewBody } from './body-view.ts';

const pageSizeMax = 200;
const comparedMax = 200;

/** What a page asks for in its query. @throws HttpError 400 for a value that is not valid. */
export function filterOf(query: URLSearchParams): RecordingFilter {
  const text = (name: string) => query.get(name)?.slice(0, 1000) || undefined;
  const number = (name: string, max: number) => {
    const value = query.get(name);
    if (value === null || value === '') return undefined;
    if (/^[0-9]{1,15}$/.test(value)) return Math.min(Number(value), max);
    throw new HttpError([400, 'invalid_request'], `${name}: an integer expected`);
  };
  const status = text('status');
  if (status && !/^([1-5]xx|[1-5][0-9]{2})$/.test(status)) {
    throw new HttpError(
      [400, 'invalid_request'],
      'status: a status such as 404, or a class such as 2xx expected',
    );
  }
  const filter = {
    search: text('search'),
    method: text('method'),
    status,
    session: query.get('session') ?? undefined,
    beforeId: number('before', Number.MAX_SAFE_INTEGER),
    limit: number('limit', pageSizeMax),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

/** The latest lookups, newest first. */
export function listLookups({ lookups }: BackendState): Answer {
  return json({ lookups: lookups.latest });
}

/** Recordings, newest first, and the counters of the page. */
export function listRecordings({ recordings, lookups }: BackendState, query: URLSearchParams): Answer {
  const { beforeId, limit = pageSizeMax, ...filter } = filterOf(query);
  const found = recordings.list({ ...filter, ...(beforeId === undefined ? {} : { beforeId }), limit });
  return json({
    count: recordings.count,
    hits: lookups.hits,
    misses: lookups.misses,
    found: recordings.countOf(filter),
    recordings: found,
  });
}

/** One recording with its bodies, as they were (base64) and as a person reads them. */
export async function showRecording({ recordings }: BackendState, id: number): Promise<Answer> {
  const exchange = exchangeIn(recordings, id);
  const requestBody = typeof exchange.requestBody === 'string' ? undefined : exchange.requestBody;
  return json({
    ...recordings.summary(id),
    requestHeaders: exchange.requestHeaders,
    requestBody: transferred(requestBody),
    responseHeaders: exchange.responseHeaders,
    responseBody: transferred(exchange.responseBody),
    views: {
      request: await viewBody(requestBody, exchange.requestHeaders),
      response: await viewBody(exchange.responseBody, exchange.responseHeaders),
    },
  });
}

function transferred(body: Body | undefined): object | undefined {
  return body && { bytes: Buffer.from(body.bytes).toString('base64'), truncated: body.truncated };
}

/** A body as it was transferred. It is a download, so that no browser runs what was recorded. */
export function downloadBody({ recordings }: BackendState, id: number, side: 'request' | 'response'): Answer {
  const exchange = exchangeIn(recordings, id);
  const body = side === 'request' ? exchange.requestBody : exchange.responseBody;
  return {
    status: 200,
    type: 'application/octet-stream',
    body: typeof body === 'object' ? body.bytes : new Uint8Array(),
    headers: attachment(`recording-${id}-${side}-body`),
  };
}

/** All recordings that the filter finds, as a Softprobe case (OTLP JSON). */
export function exportCase({ recordings }: BackendState, query: URLSearchParams): Answer {
  const name = { caseId: 'sp-agent-recordings', createdAt: new Date().toISOString() };
  return {
    status: 200,
    type: 'application/json',
    body: casePieces(name, recordings.spans(filterOf(query))),
    headers: attachment(`${name.caseId}.case.json`),
  };
}

function attachment(name: string): Record<string, string> {
  return { 'content-disposition': `attachment; filename="${name}"` };
}

export function deleteRecordings(state: BackendState, filter: RecordingFilter): Answer {
  const deleted = state.recordings.delete(filter);
  state.changes.notify();
  return json({ deleted });
}

/** Why a lookup missed: the nearest recording of that time, and in what it differs. */
export function explainMiss(state: BackendState, id: number): Answer {
  const missed = state.lookups.missed(id);
  if (!missed) {
    throw new HttpError([404, 'not_found'], `lookup ${id} is not a miss, or not among the latest lookups`);
  }
  const { recordings, replay, sessions } = state;
  if (sessions.find(missed.key.session)) {
    return json({
      key: missed.key,
      reason: 'the session was made by the control API: its rules alone answer',
    });
  }
  const similar = recordings.similar(missed.key, comparedMax, missed.lastRecordingId);
  const candidates = similar.map((row) => ({ ...row, key: row, bodyKey: row.bodyKey ?? undefined }));
  const found = nearest(missed, candidates, replay.ignored);
  if (!found) return json({ key: missed.key, reason: 'nothing had been recorded' });
  const differences = found.differences.map((difference) =>
    difference.field === 'body'
      ? withJsonPath(difference, bodyTextOf(exchangeIn(recordings, found.recordingId)), missed.bodyText)
      : difference,
  );
  return json({ key: missed.key, recordingId: found.recordingId, differences });
}

/** Two recordings side by side: in what the second differs from the first. */
export function compareRecordings(
  { recordings }: BackendState,
  [left, right]: readonly [number, number],
): Answer {
  const [first, second] = [exchangeIn(recordings, left), exchangeIn(recordings, right)];
  const request = {
    key: second.key,
    requestHeaders: second.requestHeaders,
    bodyKey: bodyKey(second),
  };
  const candidate = {
    id: left,
    key: first.key,
    bodyKey: bodyKey(first),
    variant: variantOf(first),
    truncated: false,
  };
  const [requests] = [nearest(request, [candidate], [])];
  const body = firstJsonDifference(responseTextOf(first), responseTextOf(second));
  return json({
    request: (requests?.differences ?? []).map((difference) =>
      difference.field === 'body'
        ? withJsonPath(difference, bodyTextOf(first), bodyTextOf(second))
        : difference,
    ),
    responseBody: body && { ...body, left: body.left, right: body.right },
  });
}

function withJsonPath(difference: Difference, recorded: string, requested: string): Difference {
  const inside = firstJsonDifference(recorded, requested);
  if (!inside) return difference;
  return {
    field: `body ${inside.path}`.trim(),
    recorded: shortJson(inside.left),
    requested: shortJson(inside.right),
  };
}

function shortJson(value: unknown): string | undefined {
  return JSON.stringify(value)?.slice(0, 500);
}

function bodyTextOf({ requestBody }: Exchange): string {
  return typeof requestBody === 'string' ? '' : Buffer.from(requestBody.bytes).toString('utf8');
}

function responseTextOf({ responseBody }: Exchange): string {
  return responseBody ? Buffer.from(responseBody.bytes).toString('utf8') : '';
}

function exchangeIn(recordings: Recordings, id: number): Exchange {
  const span = recordings.span(id);
  if (!span)
    throw new HttpError([404, 'not_found'], `recording ${id} is not there; it may have been deleted`);
  return exchangeOf(span);
}
