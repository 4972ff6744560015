import { setTimeout as sleep } from 'node:timers/promises';
import { selectorText } from '../render/targets/sidecars.ts';
import { collectionPath } from '../cluster/kinds.ts';
import type { ClusterClient } from '../cluster/client.ts';
import type { FoundAgent } from './agents.ts';
import { failureText } from './failure-text.ts';
import type { StatusFormat } from './formats.ts';
import { changeText } from './status-text.ts';
import type { Terminal } from './terminal.ts';
import { ChangeSignal, watchAgents, watchCollection, type AgentScope } from './watch-agents.ts';

/** Ages and what the proxies report change without an event. */
const refreshSeconds = 5;
/** A rollout changes several objects at a time: they are drawn together. */
const settleMilliseconds = 200;

/** Draws the agents in place after each change of them, or of the pods of a single one, until Ctrl-C. */
export async function redrawOnChange(
  terminal: Terminal,
  client: ClusterClient,
  options: {
    readonly scope: AgentScope;
    show(found: readonly FoundAgent[]): Promise<string>;
  },
): Promise<void> {
  const { scope, show } = options;
  const signal = new ChangeSignal();
  const present = new Map<string, FoundAgent>();
  await using stack = new AsyncDisposableStack();
  const agents = watchAgents(client, scope, {
    changed(found) {
      present.set(found.agent.uid, found);
      signal.notify();
    },
    removed({ agent }) {
      present.delete(agent.uid);
      signal.notify();
    },
    failed: (error) => noteFailure(terminal, error),
  });
  stack.use(agents);
  let podsOf: string | undefined;
  while (!terminal.interrupted.aborted) {
    await signal.wait(refreshSeconds, terminal.interrupted);
    if (!agents.isSynced()) continue;
    const found = [...present.values()].toSorted(byName);
    const [first] = found;
    if (scope.name !== undefined && first && podsOf !== first.agent.uid) {
      podsOf = first.agent.uid;
      const pods = collectionPath('Pod', first.agent.namespace);
      const selector = selectorText(first.agent.spec.selector);
      stack.use(watchCollection(client, { path: pods, labelSelector: selector }, () => signal.notify()));
    }
    terminal.redraw(await show(found));
    await sleep(settleMilliseconds, undefined, { signal: terminal.interrupted });
  }
}

/** Writes one line, or one document, per change until Ctrl-C; first one for each agent that is there. */
export async function logChanges(
  terminal: Terminal,
  client: ClusterClient,
  { scope, format }: { readonly scope: AgentScope; readonly format: StatusFormat },
): Promise<void> {
  const isLine = format === 'table' || format === 'wide';
  const time = () => (isLine ? `${new Date().toISOString()} ` : '');
  const last = new Map<string, string>();
  await using _watch = watchAgents(client, scope, {
    changed(found) {
      const text = changeText(found, format);
      if (last.get(found.agent.uid) !== text) terminal.out(time() + text);
      last.set(found.agent.uid, text);
    },
    removed({ agent }) {
      last.delete(agent.uid);
      if (isLine) terminal.out(`${time()}${agent.namespace}/${agent.name} Deleted\n`);
    },
    failed: (error) => noteFailure(terminal, error),
  });
  await new Promise<void>((resolve) => {
    terminal.interrupted.addEventListener('abort', () => resolve(), { once: true });
    if (terminal.interrupted.aborted) resolve();
  });
}

function noteFailure({ interrupted, note }: Terminal, error: Error): void {
  if (!interrupted.aborted) note(`the watch was interrupted, trying again: ${failureText(error)}\n`);
}

function byName({ agent: left }: FoundAgent, { agent: right }: FoundAgent): number {
  return left.namespace.localeCompare(right.namespace) || left.name.localeCompare(right.name);
}
