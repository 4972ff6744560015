import {
  compareRecordings,
  deleteRecording,
  explainMiss,
  listLookups,
  readRecording,
  rewind,
} from './api.js';
import { button, element, link, statusBadge, time } from './dom.js';
import { differencesTable, origin, requestLine, sideView } from './exchange-view.js';

/** @param {number} id */
export async function recordingView(id) {
  const recording = await readRecording(id);
  const remove = async () => {
    if (!confirm(`Delete recording ${id}?`)) return;
    await deleteRecording(id);
    location.hash = '#/';
  };
  return element(
    'article',
    {},
    element('h2', {}, `Recording #${id}`),
    element('p', {}, requestLine(recording)),
    element('p', { class: 'quiet' }, time(recording.recordedAt), ` · ${origin(recording)}`),
    recording.truncated &&
      element('p', { class: 'warning' }, 'A body is incomplete: this recording is never replayed.'),
    element('p', {}, button('Delete', remove, { class: 'danger' })),
    element('div', { class: 'sides' }, sideView(recording, 'request'), sideView(recording, 'response')),
  );
}

/** @param {number} left @param {number} right */
export async function compareView(left, right) {
  const [first, second, { request, responseBody }] = await Promise.all([
    readRecording(left),
    readRecording(right),
    compareRecordings(left, right),
  ]);
  const text = (/** @type {unknown} */ value) => (value === undefined ? undefined : JSON.stringify(value));
  const differences = [
    ...request,
    ...(first.status === second.status
      ? []
      : [{ field: 'status', recorded: String(first.status), requested: String(second.status) }]),
    ...(responseBody
      ? [
          {
            field: `response body ${responseBody.path}`,
            ...withoutUndefined({ recorded: text(responseBody.left), requested: text(responseBody.right) }),
          },
        ]
      : []),
  ];
  const column = (/** @type {import('./api.js').RecordingDetail} */ recording) =>
    element(
      'div',
      { class: 'column' },
      element(
        'h3',
        {},
        link(`/recordings/${recording.id}`, `#${recording.id}`),
        ' ',
        statusBadge(recording.status),
      ),
      element('p', {}, requestLine(recording)),
      element('p', { class: 'quiet' }, time(recording.recordedAt), ` · ${origin(recording)}`),
      sideView(recording, 'request'),
      sideView(recording, 'response'),
    );
  return element(
    'article',
    {},
    element('h2', {}, `Recordings #${left} and #${right}`),
    differences.length > 0
      ? differencesTable(differences, [`#${left}`, `#${right}`])
      : element('p', {}, 'Their requests match, and their JSON bodies hold the same.'),
    element('div', { class: 'sides' }, column(first), column(second)),
  );
}

/** @param {{recorded: string | undefined, requested: string | undefined}} values */
function withoutUndefined({ recorded, requested }) {
  return {
    ...(recorded === undefined ? {} : { recorded }),
    ...(requested === undefined ? {} : { requested }),
  };
}

export async function lookupsView() {
  const { lookups } = await listLookups();
  return element(
    'section',
    {},
    element(
      'p',
      { class: 'toolbar' },
      element(
        'span',
        { class: 'quiet' },
        lookups.length > 0 ? 'The latest lookups, newest first' : 'No lookups yet.',
      ),
      button('Rewind', () => rewind(), {
        title: 'With --replay sequence, start each sequence from its first recording again',
      }),
    ),
    element('ol', { class: 'rows', 'aria-label': 'lookups' }, ...lookups.map(lookupRow)),
  );
}

/** @param {import('./api.js').Lookup} lookup */
function lookupRow({ id, at, key, outcome }) {
  return element(
    'li',
    { class: 'lookup' },
    outcomeBadge(outcome),
    outcome.answer === 'hit'
      ? link(`/recordings/${outcome.recordingId}`, requestLine(key))
      : requestLine(key),
    element(
      'span',
      { class: 'quiet meta' },
      time(at),
      ` · ${origin(key)}`,
      outcome.answer !== 'hit' && outcome.answer !== 'rule' && link(`/lookups/${id}`, 'Why?'),
    ),
  );
}

/** @param {import('./api.js').Outcome} outcome */
function outcomeBadge(outcome) {
  switch (outcome.answer) {
    case 'hit':
      return element('span', { class: 'badge hit' }, `hit #${outcome.recordingId}`);
    case 'rule':
      return element('span', { class: 'badge hit' }, `rule ${outcome.status}`);
    case 'strictMiss':
      return element('span', { class: 'badge miss' }, 'strict miss');
    case 'miss':
      return element('span', { class: 'badge miss' }, 'miss');
  }
}

/** @param {number} id */
export async function explanationView(id) {
  const { key, reason, recordingId, differences = [] } = await explainMiss(id);
  const [first] = differences;
  return element(
    'article',
    {},
    element('h2', {}, `Why lookup ${id} missed`),
    element('p', {}, requestLine(key)),
    element('p', { class: 'quiet' }, origin(key)),
    reason !== undefined && element('p', { class: 'warning' }, `No recording could answer: ${reason}.`),
    recordingId !== undefined &&
      element(
        'p',
        {},
        'The nearest recording is ',
        link(`/recordings/${recordingId}`, `#${recordingId}`),
        first
          ? `. First difference: ${first.field}.`
          : '. It matches now; it had been replayed or was added in the meantime.',
      ),
    differences.length > 0 && differencesTable(differences, ['Recorded', 'Requested']),
  );
}
