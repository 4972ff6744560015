import { element, size, statusBadge } from './dom.js';

/** @typedef {import('./api.js').RecordingDetail} RecordingDetail */

/**
 * One side of an exchange: headers and the body as a person reads it.
 * @param {RecordingDetail} recording
 * @param {'request' | 'response'} side
 */
export function sideView(recording, side) {
  const headers = side === 'request' ? recording.requestHeaders : recording.responseHeaders;
  const body = recording.views[side];
  return element(
    'section',
    { class: 'side' },
    element(
      'h3',
      {},
      side === 'request' ? 'Request' : 'Response',
      ' ',
      side === 'response' && statusBadge(recording.status),
    ),
    headers.length > 0 &&
      element(
        'details',
        { open: headers.length <= 12 },
        element('summary', {}, headers.length === 1 ? '1 header' : `${headers.length} headers`),
        element(
          'dl',
          { class: 'headers' },
          ...headers.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
        ),
      ),
    bodyView(body),
    body.sizeBytes > 0 &&
      element(
        'a',
        { href: `api/recordings/${recording.id}/${side}-body`, download: true, class: 'download' },
        `Download body (${size(body.sizeBytes)})`,
      ),
  );
}

/** @param {import('./api.js').BodyView} body */
function bodyView({ kind, text, note }) {
  const shown =
    kind === 'empty'
      ? element('p', { class: 'quiet' }, 'No body')
      : kind === 'image'
        ? element('img', { src: text, alt: 'recorded image', class: 'body' })
        : element(
            'pre',
            { class: `body ${kind}`, tabindex: 0 },
            ...(kind === 'json' ? coloured(text) : [text]),
          );
  return element('div', {}, shown, note !== '' && element('p', { class: 'quiet note' }, note));
}

const tokens = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(?:true|false|null)\b|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/** Longer texts stay plain: a span for each token of a large body would make the page slow. */
const colouredMax = 50_000;

/**
 * JSON with names, strings and other values in colours.
 * @param {string} text
 * @returns {(Node | string)[]}
 */
function coloured(text) {
  if (text.length > colouredMax) return [text];
  /** @type {(Node | string)[]} */
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(tokens)) {
    parts.push(text.slice(end, match.index));
    const [token, string, colon] = match;
    parts.push(element('span', { class: colon ? 'name' : string ? 'string' : 'value' }, string ?? token));
    end = match.index + (string ?? token).length;
  }
  return [...parts, text.slice(end)];
}

/**
 * What was asked, in one line.
 * @param {import('./api.js').RequestKey} key
 */
export function requestLine({ method, host, path }) {
  return element(
    'code',
    { class: 'request' },
    element('b', {}, method),
    ' ',
    element('span', { class: 'host' }, host),
    path,
  );
}

/**
 * Where a request came from.
 * @param {import('./api.js').RequestKey} key
 */
export function origin({ session, service, direction }) {
  return [session && `session ${session}`, service, direction].filter((part) => part !== '').join(' · ');
}

/**
 * @param {import('./api.js').Difference[]} differences
 * @param {readonly [string, string]} titles
 */
export function differencesTable(differences, [left, right]) {
  const cell = (/** @type {string} */ title, /** @type {string | undefined} */ value) =>
    value === undefined
      ? element('td', { class: 'quiet', 'data-title': title }, 'absent')
      : element('td', { 'data-title': title }, element('code', {}, value));
  return element(
    'table',
    { class: 'differences' },
    element(
      'thead',
      {},
      element('tr', {}, ...['Field', left, right].map((title) => element('th', { scope: 'col' }, title))),
    ),
    element(
      'tbody',
      {},
      ...differences.map(({ field, recorded, requested }) =>
        element(
          'tr',
          {},
          element('th', { scope: 'row' }, field),
          cell(left, recorded),
          cell(right, requested),
        ),
      ),
    ),
  );
}
