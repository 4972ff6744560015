/**
 * @typedef {{session: string, service: string, direction: string, method: string, host: string, path: string}} RequestKey
 * @typedef {RequestKey & {id: number, recordedAt: string, status: number, bodyKey: string | null, truncated: boolean,
 *   sizeBytes: number}} Recording
 * @typedef {{kind: 'empty' | 'json' | 'text' | 'image' | 'binary', text: string, sizeBytes: number, note: string}} BodyView
 * @typedef {Recording & {requestHeaders: [string, string][], responseHeaders: [string, string][],
 *   views: {request: BodyView, response: BodyView}}} RecordingDetail
 * @typedef {{answer: 'hit', recordingId: number} | {answer: 'miss' | 'strictMiss'} | {answer: 'rule', status: number}} Outcome
 * @typedef {{id: number, at: string, key: RequestKey, outcome: Outcome}} Lookup
 * @typedef {{count: number, hits: number, misses: number, found: number, recordings: Recording[]}} List
 * @typedef {{field: string, recorded?: string, requested?: string}} Difference
 * @typedef {{key: RequestKey, reason?: string, recordingId?: number, differences?: Difference[]}} Explanation
 * @typedef {{request: Difference[], responseBody?: {path: string, left: unknown, right: unknown}}} Comparison
 */

/**
 * Asks the backend. Paths are relative: the page may be behind the path of a proxy, as with `kubectl proxy`.
 * @param {string} path
 * @param {RequestInit} [init]
 * @throws {Error} with the backend's message.
 */
async function call(path, init) {
  const response = await fetch(path, init);
  if (response.ok) return response.json();
  const text = await response.text();
  let message = text;
  try {
    message = JSON.parse(text).error.message;
  } catch {
    // Not every failure is JSON; the text is the message then.
  }
  throw new Error(`${response.status}: ${message.trim()}`);
}

/** @param {URLSearchParams} query @returns {Promise<List>} */
export const listRecordings = (query) => call(`api/recordings?${query}`);

/** @param {number} id @returns {Promise<RecordingDetail>} */
export const readRecording = (id) => call(`api/recordings/${id}`);

/** @param {number} id */
export const deleteRecording = (id) => call(`api/recordings/${id}`, { method: 'DELETE' });

/** @param {URLSearchParams} query @returns {Promise<{deleted: number}>} */
export const deleteRecordings = (query) => call(`api/recordings?${query}`, { method: 'DELETE' });

/** @returns {Promise<{lookups: Lookup[]}>} */
export const listLookups = () => call('api/lookups');

/** @param {number} id @returns {Promise<Explanation>} */
export const explainMiss = (id) => call(`api/lookups/${id}`);

/** @param {number} left @param {number} right @returns {Promise<Comparison>} */
export const compareRecordings = (left, right) => call(`api/recordings/${left}/differences/${right}`);

export const rewind = () => call('api/rewind', { method: 'POST' });

/**
 * Calls back when recordings or lookups changed, and when the connection comes or goes.
 * @param {{changed: () => void, connected: (isConnected: boolean) => void}} listener
 */
export function watch({ changed, connected }) {
  const events = new EventSource('api/events');
  events.addEventListener('changed', changed);
  events.addEventListener('open', () => {
    connected(true);
    // There may have been changes while the connection was down.
    changed();
  });
  events.addEventListener('error', () => connected(false));
}
