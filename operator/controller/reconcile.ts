import type { Action } from '../api/actions.ts';
import { AgentError, messageOf } from '../api/errors.ts';
import type { Problem } from '../api/problem.ts';
import type { Observation } from '../api/snapshot.ts';
import { decide } from '../decide/decide.ts';
import { applyAction, markRevision, type ApplyContext } from './apply.ts';
import { groupActions, isMarks } from './marks.ts';
import { observe, unobserved, type World } from './observe.ts';
import type { RolloutWatch } from './rollout-watch.ts';
import type { Turns } from './turns.ts';
import type { StatusWriter } from './write-status.ts';

export interface ReconcileContext extends World, ApplyContext {
  readonly turns: Turns;
  readonly rolloutWatch: RolloutWatch;
  readonly statuses: StatusWriter;
  /** Called before each action is executed. */
  readonly onAction: (agentKey: string, action: Action) => void;
}

/**
 * One run for one agent: observe, decide, apply. Each starts from what it finds, so that a run that was cut off anywhere is
 * finished by the next.
 * @returns seconds until the next look, if nothing happens before.
 * @throws what stopped an action, after the status says so.
 */
export async function reconcileAgent(
  context: ReconcileContext,
  agentKey: string,
): Promise<number | undefined> {
  const [namespace = '', name = ''] = agentKey.split('/');
  const item = context.cache.agents.get(namespace, name);
  if (!item) return undefined;
  const errors: unknown[] = [];
  const found = await observe(context, item).catch((error: unknown) => {
    errors.push(error);
    return unobserved(item, { reason: 'ObserveFailed', message: messageOf(error) });
  });
  context.rolloutWatch.observed(found);
  const observed = context.turns.withTurn(found);
  const { actions, status, question, nextLook } = decide(observed);
  using _ = context.turns.take(actions);
  if (question && observed.state === 'Readable') {
    context.measurements.measure(observed.identity, observed.agent.spec.rollout.gates, question);
  }
  for (const list of actions) {
    await applyAll(context, observed, list).catch((error: unknown) => errors.push(error));
  }
  const [failure] = errors;
  const isFailed = errors.length > 0 && observed.state !== 'Unobserved';
  const written = isFailed ? decide({ ...observed, failure: problemOf(failure) }).status : status;
  const postponed = written && (await context.statuses.write(item, written));
  if (errors.length > 0) throw failure;
  return soonest(nextLook, postponed);
}

function soonest(...seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

async function applyAll(
  context: ReconcileContext,
  observed: Observation,
  actions: readonly Action[],
): Promise<void> {
  const { identity } = observed;
  for (const group of groupActions(actions)) {
    for (const action of group) context.onAction(`${identity.namespace}/${identity.name}`, action);
    await (isMarks(group)
      ? markRevision(context, identity, group)
      : applyAction(context, identity, group[0]));
    for (const action of group) context.rolloutWatch.acted(observed, action);
  }
}

function problemOf(error: unknown): Problem {
  return { reason: error instanceof AgentError ? error.reason : 'ApplyFailed', message: messageOf(error) };
}
