import type { Action, RolloutPlan } from '../api/actions.ts';
import type { Problem } from '../api/problem.ts';
import type { Reason } from '../api/reasons.ts';
import { noMemory, type RolloutMemory } from '../api/rollout-memory.ts';
import { isSameJson } from '../api/same-json.ts';
import type { Turn } from '../api/turn.ts';
import { stableRevision } from '../api/stable-revision.ts';
import { adoptEdits } from './adopt-edits.ts';
import { isPaused, type RolloutContext } from './context.ts';
import { revisionText, type Direction } from './direction.ts';
import { labelNewPods, switchBack } from './live-switch.ts';
import { deadlineOf, refreshMemory } from './memory.ts';
import { complete, hold, leftOutText, move, rest, type Outcome } from './outcomes.ts';
import { retryCommand } from './rollback.ts';
import { isBlocked, isOfWorkload, isSkipped, type JudgedStep, type Step, type Verdict } from './step.ts';
import { judgeSteps } from './steps/order.ts';
import { nextOpening } from './windows.ts';
import { isUrgent, startWave, waveName, waveSize } from './waves.ts';

/** The target failed: to be recorded before any workload is rolled back. */
export interface RevisionFailed {
  readonly cause: Problem;
}

/**
 * Which verdict is acted on first. Missing data holds the rollout back; a workload that fails at a revision that is proven, or that
 * cannot leave a failed one, holds up no other.
 */
const precedence: Readonly<Record<Direction['kind'], readonly Verdict['state'][]>> = {
  Advance: ['Failed', 'Inconclusive', 'UnderWay', 'Todo'],
  Maintain: ['Inconclusive', 'UnderWay', 'Todo', 'Failed'],
  RollBack: ['UnderWay', 'Todo', 'Failed', 'Inconclusive'],
  Hold: [],
};

const urgentPrecedence: readonly Verdict['state'][] = ['Todo', 'UnderWay', 'Failed', 'Inconclusive'];

/** Reasons for leaving a workload out that pass by themselves. */
const passing: ReadonlySet<Reason> = new Set(['AlreadyUnhealthy', 'NoReplicas']);

/** Judges all steps, and acts on the most pressing one that is not done. */
export function takeSteps(before: RolloutContext): RolloutPlan | RevisionFailed {
  const { memory: former, id } = before.target;
  const context = { ...before, target: { ...before.target, memory: refreshMemory(before) } };
  const judged = judgeSteps(context);
  const recorded = judged.reduce(
    (memory, { step, verdict }) => step.record(memory, verdict),
    context.target.memory,
  );
  const outcome = planNext(context, judged, recorded);
  if ('cause' in outcome) return outcome;
  const { memory = recorded, ...plan } = outcome;
  const left = judged.map(({ verdict }) => ('secondsLeft' in verdict ? verdict.secondsLeft : undefined));
  return {
    ...plan,
    progress: { ...plan.progress, step: stepProgress(context, judged) },
    actions: [
      ...switchBack(context),
      ...labelNewPods(context),
      ...adoptEdits(context),
      ...forgetOthers(context),
      ...remarks(judged),
      // Before the step itself: one that is undone at once is still counted.
      ...(isSameJson(memory, former) ? [] : [{ kind: 'Remember', revisionId: id, memory } as const]),
      ...plan.actions,
    ],
    skipped: leftOut(judged),
    nextLook: soonest([plan.nextLook, ...left]),
  };
}

/**
 * A rollout that was left for another revision begins from its first step when it is taken up again. Of the stable revision it
 * stays known which workloads were updated to it without a restart: their templates do not name it.
 */
function forgetOthers({ snapshot: { revisions }, target }: RolloutContext): Action[] {
  const stable = stableRevision(revisions);
  return revisions.flatMap(({ id, memory }) => {
    if (id === target.id) return [];
    const kept = id === stable?.id ? { workloads: memory.workloads } : noMemory;
    return isSameJson(kept, memory) ? [] : [{ kind: 'Remember', revisionId: id, memory: kept } as const];
  });
}

function remarks(judged: readonly JudgedStep[]): Action[] {
  const [remark] = judged.flatMap(({ verdict }) =>
    'remark' in verdict && verdict.remark ? [verdict.remark] : [],
  );
  return remark === undefined ? [] : [{ kind: 'Event', type: 'Normal', ...remark }];
}

function stepProgress(context: RolloutContext, judged: readonly JudgedStep[]) {
  const open = judged.filter(({ verdict }) => verdict.state !== 'Done');
  const [own] = open.flatMap(({ verdict }) =>
    'progress' in verdict && verdict.progress ? [verdict.progress] : [],
  );
  if (own !== undefined || open.length === 0) return own;
  const name = waveName(context, judged.filter(isOfWorkload));
  return name === undefined ? undefined : { name, bakeUntil: undefined, gates: [], question: undefined };
}

function leftOut(judged: readonly JudgedStep[]): ReadonlyMap<string, Problem> {
  return new Map(
    judged.flatMap((one) =>
      isOfWorkload(one) && (isSkipped(one) || isBlocked(one))
        ? [[one.step.workload, { reason: one.verdict.reason, message: one.verdict.message }]]
        : [],
    ),
  );
}

function soonest(seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : Math.max(1, Math.ceil(Math.min(...known)));
}

function planNext(
  context: RolloutContext,
  judged: readonly JudgedStep[],
  memory: RolloutMemory,
): Outcome | RevisionFailed {
  const { direction } = context;
  const order = isUrgent(context) ? urgentPrecedence : precedence[direction.kind];
  const [next] = order.flatMap((state) => judged.filter(({ verdict }) => verdict.state === state));
  const workloads = judged.filter(isOfWorkload);
  const open = workloads.filter(({ verdict }) => verdict.state !== 'Done');
  // A revision that runs nowhere has proven nothing.
  const isProven = open.length < workloads.length;
  if (direction.kind === 'Hold')
    return open.length === 0 ? complete(context, open) : holdFailed(context, direction);
  if (next === undefined && (isProven || direction.kind === 'RollBack')) return complete(context, open);
  if (isPaused(context)) {
    const { agent } = context.snapshot;
    const by = agent.spec.rollout.paused
      ? 'spec.rollout.paused is set'
      : `paused by spagent pause ${agent.name}`;
    const message = `${by}: ${open.length} of ${workloads.length} workloads are not at ${revisionText(direction)}`;
    return rest(context, { state: 'Paused', reason: 'Paused', message });
  }
  if (next === undefined) return waitForOthers(context, open);
  if (next.verdict.state === 'Failed' && direction.kind === 'Advance') return { cause: next.verdict };
  if (next.verdict.state === 'Todo') return closedWindow(context) ?? begin(context, next, { judged, memory });
  return act(context, next);
}

/** Undefined while steps may be taken. No rollback waits for a window. */
function closedWindow(context: RolloutContext): Outcome | undefined {
  const { agent, now } = context.snapshot;
  const opens = nextOpening(agent.spec.rollout.windows, now);
  if (context.direction.kind === 'RollBack' || opens <= now) return undefined;
  const when = new Date(opens).toISOString().replace('.000Z', 'Z');
  const message = `outside spec.rollout.windows: the next step begins at ${when} or later`;
  return {
    ...rest(context, { state: 'Paused', reason: 'OutsideWindow', message }),
    nextLook: (opens - now) / 1000,
  };
}

function holdFailed(context: RolloutContext, { failure }: Extract<Direction, { kind: 'Hold' }>): Outcome {
  const { reason, message } = failure;
  const remedy = `spec.rollout.autoRollback is off: change the spec, or run ${retryCommand(context.snapshot)}`;
  return hold(context, { reason, message: `${message}; ${remedy}` });
}

/** No workload can be restarted now. */
function waitForOthers(context: RolloutContext, open: readonly JudgedStep[]): Outcome {
  const [first] = [...open.filter(isBlocked), ...open.filter(isSkipped)];
  if (first === undefined) return complete(context, open);
  const { reason } = first.verdict;
  const message = leftOutText(open);
  return passing.has(reason)
    ? move(context, { message: `${message}; waits for them` })
    : hold(context, { reason, message });
}

function act(context: RolloutContext, { verdict }: JudgedStep): Outcome {
  switch (verdict.state) {
    case 'Failed':
    case 'Blocked':
    case 'Skipped':
      return hold(context, verdict);
    case 'Inconclusive':
      return hold(context, { reason: 'DeadlineExceeded', message: verdict.message });
    case 'UnderWay':
      return move(context, verdict);
    case 'Todo':
    case 'Done':
      return complete(context, []);
  }
}

/** Takes the step and, if it is one of a workload, as many others of its wave as there are. */
function begin(
  context: RolloutContext,
  { step }: JudgedStep,
  { judged, memory }: { readonly judged: readonly JudgedStep[]; readonly memory: RolloutMemory },
): Outcome {
  if (step.workload === undefined) return take(context, [step], memory);
  const todo = judged.filter(isOfWorkload).filter(({ verdict }) => verdict.state === 'Todo');
  const turn = brakingTurn(context);
  if (turn !== undefined && turn.free < 1) return queue(context, turn);
  const free = turn?.free ?? Infinity;
  const wave = todo.slice(0, Math.min(free, waveSize(context))).map((one) => one.step);
  const outcome = take(context, wave, memory);
  const { since } = outcome.progress;
  return outcome.memory === undefined || since === undefined
    ? outcome
    : { ...outcome, memory: startWave(context, outcome.memory, since) };
}

/** How many workloads may be restarted now; undefined: all. A rollback is never held up, and a live switch restarts nothing. */
function brakingTurn({ snapshot, direction }: RolloutContext): Turn | undefined {
  const isBraked = direction.kind !== 'RollBack' && snapshot.agent.spec.rollout.method !== 'Live';
  return isBraked ? snapshot.turn : undefined;
}

/** Seconds between two looks of an agent that waits for its turn: fewer where fewer are ahead. */
const queuePause = { least: 2, most: 30, perAgentAhead: 0.1 } as const;

function queue(context: RolloutContext, { ahead }: Turn): Outcome {
  // Exact numbers would change at each look, and a thousand waiting agents would write their statuses again and again.
  const others = ahead === 0 ? '' : `, and fewer than ${10 ** String(ahead).length} SpAgents are ahead`;
  const message = `waits for its turn: as many workloads of the cluster restart as may at once${others}`;
  const outcome = move(context, { message });
  return {
    ...outcome,
    progress: { ...outcome.progress, reason: 'Queued' },
    nextLook: Math.min(queuePause.most, queuePause.least + ahead * queuePause.perAgentAhead),
  };
}

function take(context: RolloutContext, steps: readonly Step[], before: RolloutMemory): Outcome {
  const actions: Action[] = [];
  let memory = before;
  let last: { readonly since: string; readonly message: string } | undefined;
  for (const step of steps) {
    const taken = step.take(memory);
    if ('waitsFor' in taken) return move(context, { message: `${step.name}: waits for ${taken.waitsFor}` });
    actions.push(...taken.actions);
    ({ memory } = taken);
    last = taken;
  }
  if (last === undefined) return complete(context, []);
  const others = steps.length === 1 ? '' : `, and ${steps.length - 1} more`;
  return {
    ...move(context, { since: last.since, message: `${last.message}${others}` }),
    actions,
    memory,
    nextLook: deadlineOf(context),
  };
}
