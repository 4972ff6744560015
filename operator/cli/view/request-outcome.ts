import type { Body, Exchange, Headers } from '../../backend/protocol/exchange.ts';
import type { Passage, RequestOutcome, TriedRequest } from '../trial/try-request.ts';

const bodyCharactersMax = 2000;

/** What became of a request, and what of it was sent to the backend, for a person. */
export function requestOutcomeText(request: TriedRequest, outcome: RequestOutcome): string {
  const { method, host, path, body } = request;
  const { first, second, recording } = outcome;
  const lines = [
    ['request', `${method} http://${host}${path}${body.length > 0 ? `, ${body.length} bytes` : ''}`],
    ['first', passageText(first)],
    ['recorded', recording ? 'yes; this is what the backend got:' : 'no'],
    ...(recording ? recordingLines(recording).map((line) => ['', line] as const) : []),
    ['second', passageText(second)],
  ];
  return lines.map(([name = '', text = '']) => `${name.padEnd(10)}${text}`.trimEnd()).join('\n') + '\n';
}

function passageText({ status, lookup, reachedUpstream }: Passage): string {
  const lookedUp = lookup === undefined ? 'not looked up' : `lookup: ${lookup}`;
  const answered = reachedUpstream
    ? 'went upstream'
    : lookup === 'hit'
      ? 'replayed, without upstream'
      : 'refused';
  return `${lookedUp}; ${answered}; status ${status}`;
}

function recordingLines({
  key,
  requestHeaders,
  requestBody,
  status,
  responseHeaders,
  responseBody,
}: Exchange): string[] {
  return [
    `${key.method} ${key.host}${key.path}, ${key.direction}`,
    ...headerLines(requestHeaders),
    ...bodyLines(typeof requestBody === 'string' ? undefined : requestBody),
    `${status}`,
    ...headerLines(responseHeaders),
    ...bodyLines(responseBody),
  ];
}

function headerLines(headers: Headers): string[] {
  return headers.map(([name, value]) => `  ${name}: ${value}`);
}

function bodyLines(body: Body | undefined): string[] {
  if (!body) return [];
  const text = new TextDecoder().decode(body.bytes.subarray(0, bodyCharactersMax));
  return [`  ${text}`, ...(body.truncated ? ['  (incomplete: the body is longer than the limit)'] : [])];
}
