import { agentView, statusBadge } from './agent-view.js';
import { element, link } from '../../../backend/page/client/dom.js';

const refreshMilliseconds = 2000;

/** @param {string} id @returns {HTMLElement} */
function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element ${id}`);
  return found;
}

const view = byId('view');
const operator = byId('operator');
const failure = byId('failure');

/** The token goes from the address into this tab's memory: an address that is copied or shown does not hold it. */
function takeToken() {
  const [, given] = /^#token=([\w-]+)$/.exec(location.hash) ?? [];
  if (given) {
    sessionStorage.setItem('token', given);
    history.replaceState(null, '', '#/');
  }
  return sessionStorage.getItem('token') ?? '';
}

const token = takeToken();

/**
 * @param {string} path
 * @param {object} [body] is posted.
 * @throws {Error} with the server's message.
 */
async function call(path, body) {
  const response = await fetch(path, {
    method: body ? 'POST' : 'GET',
    headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error.message);
  return answer;
}

/** @returns {{namespace: string, name: string} | undefined} */
function shownAgent() {
  const [, namespace, name] = /^#\/([a-z0-9-]+)\/([a-z0-9-]+)$/.exec(location.hash) ?? [];
  return namespace && name ? { namespace, name } : undefined;
}

/** @param {import('./agent-view.js').Summary[]} agents */
function agentList(agents) {
  if (agents.length === 0)
    return element('p', { class: 'quiet' }, 'No SpAgent yet; spagent deploy creates one.');
  return element(
    'ul',
    { class: 'rows' },
    ...agents.map((agent) =>
      element(
        'li',
        { class: 'agent' },
        statusBadge(agent),
        link(`/${agent.namespace}/${agent.name}`, `${agent.namespace}/${agent.name}`),
        element(
          'span',
          { class: 'meta quiet' },
          [`${agent.pods} pods`, agent.step, agent.message].filter(Boolean).join(' · '),
        ),
      ),
    ),
  );
}

/** @returns {Promise<HTMLElement>} */
async function content() {
  const agent = shownAgent();
  if (!agent) {
    const answer = await call('api/agents');
    operator.textContent =
      answer.operator.state === 'NotRunning' ? `No operator: ${answer.operator.message}` : '';
    return agentList(answer.agents);
  }
  const path = `api/agents/${agent.namespace}/${agent.name}`;
  const detail = await call(path);
  return agentView(detail, async (command) => {
    try {
      await call(path, { command, revision: detail.targetRevision, step: detail.step });
      await show();
    } catch (error) {
      report(error);
    }
  });
}

/** @param {unknown} error */
function report(error) {
  failure.textContent = error instanceof Error ? error.message : String(error);
  failure.hidden = false;
}

let shown = 0;
let last = '';

/** Shows what the address names; a later call wins over an earlier one that is still waiting. */
async function show() {
  const turn = ++shown;
  try {
    const made = await content();
    if (turn !== shown) return;
    failure.hidden = true;
    // What a reader selects or has the focus on stays while nothing changes.
    if (made.outerHTML !== last) view.replaceChildren(made);
    last = made.outerHTML;
  } catch (error) {
    if (turn === shown) report(error);
  }
}

addEventListener('hashchange', () => {
  scrollTo(0, 0);
  void show();
});
setInterval(() => {
  if (document.visibilityState === 'visible') void show();
}, refreshMilliseconds);
await show();
