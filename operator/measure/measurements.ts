import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../api/errors.ts';
import type { Gate } from '../api/gate-schema.ts';
import type { GateQuestion, GateResult, GateSample, GateSamples } from '../api/gates.ts';
import { FairSlots } from '../cluster/fair-slots.ts';
import { judgeGates, worstVerdict } from '../rollout/gates/judge-gates.ts';
import type { MeasureContext, MeasuredAgent, Measurer } from './measurer.ts';
import { startMeasurer } from './measurers.ts';

export interface MeasurementsOptions {
  readonly context: MeasureContext;
  /** Called when a gate's verdict, or what it says of it, has changed. */
  readonly changed: (agent: MeasuredAgent) => void;
  /** Called after each measurement. */
  readonly measured: (kind: GateSample['kind'], verdict: GateResult['verdict']) => void;
  /** Milliseconds of a clock that never goes back. */
  readonly clock: () => number;
}

/** One gate in one step. */
interface Task {
  readonly gate: Gate;
  readonly measurer: Measurer;
  sample: GateSample | undefined;
  /** By the clock. Infinity: its sample is final. */
  dueAt: number;
}

interface Measured {
  readonly agent: MeasuredAgent;
  question: GateQuestion;
  /** RFC 3339, by the clock of the day. */
  measuredSince: string;
  tasks: readonly Task[];
  /** When the question was last put, by the clock. */
  askedAt: number;
}

/** One attempt, and what was known before. */
interface Attempted {
  readonly before: GateSample | undefined;
  readonly sample: GateSample;
}

/** Attempts at the same time, and of those the ones of a namespace: its slow servers hold up no other namespace. */
const slots = { total: 16, perGroup: 4 } as const;
/** Seconds for which a question is measured though nobody has repeated it. A rollout repeats it at least each minute. */
const wantedSeconds = 180;

/** Measures gates in the background while rollouts ask for it; the last samples are there at once. */
export class Measurements {
  readonly #options: MeasurementsOptions;
  readonly #slots = new FairSlots(slots);
  /** By the agent's uid. */
  readonly #measured = new Map<string, Measured>();

  constructor(options: MeasurementsOptions) {
    this.#options = options;
  }

  /** Measures the gates for the step of the question, from now on. Another step begins without samples. */
  measure(agent: MeasuredAgent, gates: readonly Gate[], question: GateQuestion): void {
    const known = this.#measured.get(agent.uid);
    const same = known?.question.since === question.since ? known : undefined;
    const former = same?.tasks ?? [];
    const measuredSince = same?.measuredSince ?? new Date().toISOString();
    const tasks = gates.flatMap((gate) => {
      const task = former.find((one) => isDeepStrictEqual(one.gate, gate)) ?? this.#start(agent, gate);
      return task === undefined ? [] : [task];
    });
    const askedAt = this.#options.clock();
    this.#measured.set(agent.uid, { agent, question, measuredSince, tasks, askedAt });
    this.refresh();
  }

  /** Undefined where nothing is measured for the agent. */
  samplesOf({ uid }: Pick<MeasuredAgent, 'uid'>): GateSamples | undefined {
    const known = this.#measured.get(uid);
    if (known === undefined) return undefined;
    const byGate = known.tasks.flatMap(({ gate, sample }) =>
      sample === undefined ? [] : [[gate.name, sample] as const],
    );
    const { question, measuredSince } = known;
    return { since: question.since, measuredSince, byGate: new Map(byGate) };
  }

  /** Starts the attempts that are due. To be called about once in a second. */
  refresh(): void {
    const now = this.#options.clock();
    for (const [uid, measured] of this.#measured) {
      if (now - measured.askedAt > wantedSeconds * 1000) {
        this.#measured.delete(uid);
        continue;
      }
      for (const task of measured.tasks) if (task.dueAt <= now) this.#attempt(measured, task);
    }
  }

  #start(agent: MeasuredAgent, gate: Gate): Task | undefined {
    const measurer = startMeasurer(gate, agent, this.#options.context);
    return measurer && { gate, measurer, sample: undefined, dueAt: this.#options.clock() };
  }

  #attempt({ agent }: Measured, task: Task): void {
    task.dueAt = Infinity;
    void this.#slots.run(agent.namespace, async () => {
      const { question, tasks } = this.#measured.get(agent.uid) ?? {};
      // The step has ended while the task waited for its turn.
      if (question === undefined || !tasks?.includes(task)) return;
      const before = task.sample;
      task.sample = await task.measurer
        .measure(question)
        .catch((error: unknown) => task.measurer.failed(messageOf(error)));
      const pause = task.measurer.pause();
      if (pause !== undefined) task.dueAt = this.#options.clock() + pause * 1000;
      this.#report(agent, task.gate, { since: question.since, before, sample: task.sample });
    });
  }

  /** Samples change with each request; the rollout looks again only where they lead to something else. */
  #report(
    agent: MeasuredAgent,
    gate: Gate,
    { since, before, sample }: Pick<GateQuestion, 'since'> & Attempted,
  ): void {
    const judge = (one: GateSample | undefined) => {
      const samples = { since, byGate: new Map(one ? [[gate.name, one]] : []) };
      return judgeGates([gate], { samples, since }, sample.at);
    };
    const results = judge(sample);
    this.#options.measured(sample.kind, worstVerdict(results));
    if (!isDeepStrictEqual(judge(before), results)) this.#options.changed(agent);
  }
}
