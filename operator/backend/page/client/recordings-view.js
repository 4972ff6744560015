import { deleteRecordings, listRecordings } from './api.js';
import { button, element, link, size, statusBadge, time } from './dom.js';
import { origin, requestLine } from './exchange-view.js';

/** @typedef {import('./api.js').Recording} Recording */

const pageSize = 50;

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'];
const statuses = ['2xx', '3xx', '4xx', '5xx'];

/** Milliseconds without a key before the list is searched. */
const typingPause = 150;

/** The list of recordings, with search, filters and paging. Stays the same while the page is open. */
export class RecordingsView {
  #filter = new URLSearchParams();
  /** @type {Set<number>} */
  #selected = new Set();
  /** How many the reader has asked for. */
  #wanted = pageSize;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #typing;
  #rows = element('ol', { class: 'rows', 'aria-label': 'recordings' });
  #summary = element('p', { class: 'quiet', id: 'found' });
  #older = button('Show older', () => this.#showOlder(), { class: 'older', hidden: true });
  #compare = element('a', { class: 'button', id: 'compare', hidden: true }, 'Compare the two');
  #export = element('a', { class: 'button', href: 'api/export', download: true }, 'Export');
  #onChange;
  root;

  /** @param {() => Promise<void>} onChange reads everything again */
  constructor(onChange) {
    this.#onChange = onChange;
    this.root = element(
      'section',
      {},
      element(
        'form',
        { class: 'toolbar', role: 'search', onsubmit: (event) => event.preventDefault() },
        element('input', {
          type: 'search',
          name: 'search',
          placeholder: 'Search host, path, session, service',
          'aria-label': 'Search',
          oninput: (event) => this.#search(event),
        }),
        this.#select('method', 'Any method', methods),
        this.#select('status', 'Any status', statuses),
        this.#compare,
        this.#export,
        button('Delete', () => this.#deleteAll(), {
          class: 'danger',
          title: 'Delete all recordings that are listed',
        }),
      ),
      this.#summary,
      this.#rows,
      this.#older,
    );
  }

  /** @returns {Promise<import('./api.js').List>} */
  async refresh() {
    const { list, recordings } = await this.#read();
    this.#rows.replaceChildren(...recordings.map((recording) => this.#row(recording)));
    this.#older.hidden = recordings.length >= list.found;
    this.#summary.textContent = summaryOf(recordings.length, list.found, this.#filter.size > 0);
    this.#export.setAttribute('href', `api/export?${this.#filter}`);
    return list;
  }

  /** Reads as many as the reader wants; the backend gives 200 at most at a time. */
  async #read() {
    const query = new URLSearchParams(this.#filter);
    /** @type {Recording[]} */
    const recordings = [];
    for (;;) {
      query.set('limit', String(Math.min(this.#wanted - recordings.length, 200)));
      const list = await listRecordings(query);
      recordings.push(...list.recordings);
      const last = recordings.at(-1);
      if (!last || list.recordings.length === 0 || recordings.length >= Math.min(this.#wanted, list.found)) {
        return { list, recordings };
      }
      query.set('before', String(last.id));
    }
  }

  /** @param {Recording} recording */
  #row(recording) {
    const { id, status, recordedAt, sizeBytes, truncated } = recording;
    return element(
      'li',
      {},
      element('input', {
        type: 'checkbox',
        'aria-label': `Select recording ${id} to compare`,
        checked: this.#selected.has(id),
        onchange: (event) => this.#toggle(id, event),
      }),
      statusBadge(status),
      link(`/recordings/${id}`, requestLine(recording)),
      element(
        'span',
        { class: 'quiet meta' },
        time(recordedAt),
        ` · #${id} · ${size(sizeBytes)}${truncated ? ' · incomplete, never replayed' : ''} · ${origin(recording)}`,
      ),
    );
  }

  /** @param {number} id @param {Event} event */
  #toggle(id, event) {
    if (/** @type {HTMLInputElement} */ (event.target).checked) this.#selected.add(id);
    else this.#selected.delete(id);
    const [left, right, ...more] = [...this.#selected].sort((one, other) => one - other);
    this.#compare.hidden = right === undefined || more.length > 0;
    this.#compare.setAttribute('href', `#/compare/${left}/${right}`);
  }

  /** @param {string} name @param {string} any @param {string[]} values */
  #select(name, any, values) {
    return element(
      'select',
      {
        name,
        'aria-label': any,
        onchange: (event) => this.#setFilter(name, /** @type {HTMLSelectElement} */ (event.target).value),
      },
      element('option', { value: '' }, any),
      ...values.map((value) => element('option', {}, value)),
    );
  }

  /** @param {Event} event */
  #search(event) {
    clearTimeout(this.#typing);
    const { value } = /** @type {HTMLInputElement} */ (event.target);
    this.#typing = setTimeout(() => this.#setFilter('search', value.trim()), typingPause);
  }

  /** @param {string} name @param {string} value */
  #setFilter(name, value) {
    if (value) this.#filter.set(name, value);
    else this.#filter.delete(name);
    this.#wanted = pageSize;
    void this.#onChange();
  }

  #showOlder() {
    this.#wanted += pageSize;
    return this.#onChange();
  }

  async #deleteAll() {
    const what =
      this.#filter.size > 0 ? 'all recordings that match the search and filters' : 'all recordings';
    if (!confirm(`Delete ${what}?`)) return;
    await deleteRecordings(this.#filter);
    this.#selected.clear();
    this.#compare.hidden = true;
    await this.#onChange();
  }
}

/** @param {number} shown @param {number} found @param {boolean} isFiltered */
function summaryOf(shown, found, isFiltered) {
  if (found === 0)
    return isFiltered
      ? 'No recording matches.'
      : 'Nothing recorded yet. Send a request through a proxy with the filter.';
  return shown < found
    ? `${shown} of ${found} recordings, newest first`
    : `${found} ${found === 1 ? 'recording' : 'recordings'}`;
}
