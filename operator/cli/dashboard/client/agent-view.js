import { button, element } from '../../../backend/page/client/dom.js';

/**
 * @typedef {string | {text: string, tone: string}} Cell
 * @typedef {{name: string, status: Cell, pods?: string, age?: string, info?: string, children: TreeNode[]}} TreeNode
 * @typedef {{namespace: string, name: string, isReady: boolean, reason: string, message: string, pods: string,
 *   revisionNumber: number | null, step: string | null}} Summary
 * @typedef {{revision: string, revisionNumber: number, outcome: string, createdAt: string, change?: string, message?: string}} Entry
 * @typedef {{workload: string, asked: number, hits: number, misses: number}} Lookups
 * @typedef {Summary & {targetRevision: string | null, diagnosis: {cause: string, command: string} | null, tree: TreeNode,
 *   lookups: Lookups[], history: Entry[], commands: string[]}} Detail
 */

/** Names of buttons, and what is asked before what cannot be taken back. */
const commandNames = /** @type {const} */ ({
  promote: ['Promote this step', ''],
  'promote-full': ['Promote fully', 'Skip all further waits of this rollout?'],
  abort: ['Abort', 'Fail this revision and roll back?'],
  retry: ['Retry', ''],
  pause: ['Pause', ''],
  resume: ['Resume', ''],
});

/** @param {Cell} cell */
function cellElement(cell) {
  if (typeof cell === 'string') return element('span', {}, cell);
  return element('span', { class: cell.tone }, cell.text);
}

/** @param {Summary} agent */
export function statusBadge({ isReady, reason }) {
  return element('span', { class: `badge ${isReady ? 'good' : 'pending'}` }, reason);
}

/** @param {TreeNode} node @returns {HTMLElement} */
function treeItem({ name, status, pods, age, info, children }) {
  const line = element(
    'div',
    { class: 'line' },
    element('span', { class: 'name' }, name),
    cellElement(status),
    pods && element('span', { class: 'quiet' }, `${pods} pods`),
    age && element('span', { class: 'quiet' }, age),
    info && element('span', { class: 'quiet' }, info),
  );
  return element('li', {}, line, children.length > 0 && element('ul', {}, ...children.map(treeItem)));
}

/**
 * One agent: what is wrong, what can be done, its tree, its lookups and its history.
 * @param {Detail} agent
 * @param {(command: string) => Promise<void>} ask
 */
export function agentView(agent, ask) {
  return element(
    'article',
    {},
    element('h2', {}, `${agent.namespace}/${agent.name} `, statusBadge(agent)),
    element('p', { class: 'quiet' }, agent.message),
    agent.diagnosis &&
      element(
        'div',
        { class: 'cause' },
        element('p', {}, agent.diagnosis.cause),
        element('code', {}, agent.diagnosis.command),
      ),
    commandButtons(agent.commands, ask),
    element('h3', {}, 'Rollout'),
    element('ul', { class: 'tree' }, treeItem(agent.tree)),
    element('h3', {}, 'Lookups since the proxies started'),
    lookupsTable(agent.lookups),
    element('h3', {}, 'History'),
    historyTable(agent.history),
  );
}

/** @param {string[]} commands @param {(command: string) => Promise<void>} ask */
function commandButtons(commands, ask) {
  const known = /** @type {(keyof typeof commandNames)[]} */ (
    commands.filter((name) => name in commandNames)
  );
  return element(
    'div',
    { class: 'toolbar' },
    ...known.map((command) => {
      const [name, question] = commandNames[command];
      const act = () => (question === '' || confirm(question) ? ask(command) : undefined);
      return button(name, act, command === 'abort' ? { class: 'danger' } : {});
    }),
  );
}

/** @param {Lookups[]} lookups */
function lookupsTable(lookups) {
  return table(
    ['Workload', 'Hits', 'Misses', 'Proxies asked'],
    lookups.map(({ workload, hits, misses, asked }) =>
      asked === 0 ? [workload, '-', '-', '0'] : [workload, hits, misses, asked],
    ),
  );
}

/** @param {Entry[]} history */
function historyTable(history) {
  return table(
    ['Revision', 'Outcome', 'Created', 'Changed', 'Message'],
    history.map(({ revisionNumber, revision, outcome, createdAt, change, message }) => [
      `${revisionNumber} ${revision}`,
      outcome,
      new Date(createdAt).toLocaleString(),
      change ?? '-',
      message ?? '',
    ]),
  );
}

/** @param {string[]} titles @param {(string | number)[][]} rows */
function table(titles, rows) {
  const head = element('tr', {}, ...titles.map((title) => element('th', { scope: 'col' }, title)));
  // A narrow window shows each cell with its title: see dashboard.css.
  const cellOf = (/** @type {string | number} */ cell, /** @type {number} */ column) =>
    element('td', { 'data-title': titles[column] ?? '' }, cell);
  const body = rows.map((cells) => element('tr', {}, ...cells.map(cellOf)));
  return element('table', { class: 'facts' }, element('thead', {}, head), element('tbody', {}, ...body));
}
