import { watch } from './api.js';
import { compareView, explanationView, lookupsView, recordingView } from './detail-view.js';
import { element } from './dom.js';
import { RecordingsView } from './recordings-view.js';

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

const view = byId('view');
const counts = byId('counts');
const failure = byId('failure');
const recordings = new RecordingsView(() => show());

/** @typedef {{name: string, isLive: boolean, render: () => Promise<HTMLElement>}} Route */

/** @returns {Route} */
function currentRoute() {
  const [name = '', ...ids] = location.hash.replace(/^#\/?/, '').split('/');
  const [first, second] = ids.map(Number);
  if (name === 'recordings' && first)
    return { name: 'recordings', isLive: false, render: () => recordingView(first) };
  if (name === 'compare' && first && second) {
    return { name: 'recordings', isLive: false, render: () => compareView(first, second) };
  }
  if (name === 'lookups' && first)
    return { name: 'lookups', isLive: false, render: () => explanationView(first) };
  if (name === 'lookups') return { name: 'lookups', isLive: true, render: lookupsView };
  return { name: 'recordings', isLive: true, render: () => Promise.resolve(recordings.root) };
}

let shown = 0;

/** Shows what the address names; a later call wins over an earlier one that is still waiting. */
async function show() {
  const turn = ++shown;
  const route = currentRoute();
  try {
    const list = await recordings.refresh();
    const content = await route.render();
    if (turn !== shown) return;
    showCounts(list);
    if (view.firstElementChild !== content) view.replaceChildren(content);
    for (const entry of document.querySelectorAll('nav a')) {
      entry.toggleAttribute('aria-current', entry.getAttribute('data-view') === route.name);
    }
    failure.hidden = true;
  } catch (error) {
    if (turn !== shown) return;
    failure.textContent = error instanceof Error ? error.message : String(error);
    failure.hidden = false;
  }
}

/** @param {import('./api.js').List} list */
function showCounts({ count, hits, misses }) {
  const figures = /** @type {const} */ ([
    [count, count === 1 ? 'recording' : 'recordings'],
    [hits, hits === 1 ? 'hit' : 'hits'],
    [misses, misses === 1 ? 'miss' : 'misses'],
  ]);
  counts.replaceChildren(
    ...figures.map(([figure, name]) => element('span', {}, element('b', {}, figure), ` ${name}`)),
  );
}

addEventListener('hashchange', () => {
  scrollTo(0, 0);
  void show();
});
watch({
  // A recording that is being read does not change.
  changed: () => void (currentRoute().isLive ? show() : recordings.refresh().then(showCounts)),
  connected: (isConnected) => {
    document.body.classList.toggle('offline', !isConnected);
    if (!isConnected) {
      failure.textContent = 'The backend does not answer; trying again.';
      failure.hidden = false;
    }
  },
});
await show();
