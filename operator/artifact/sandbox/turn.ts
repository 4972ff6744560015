import { AsyncLocalStorage } from 'node:async_hooks';

/** On which terms a sandbox runs beside the others. */
export interface SandboxTurn {
  /** It gives way to the others. */
  readonly isSlow: boolean;
  /** More of the same group wait: it gives way to those of groups that wait for one job. */
  readonly hasMore: boolean;
  /** Aborted: it ends at once. */
  readonly signal: AbortSignal;
  /** Called again and again with the CPU time of a sandbox. */
  readonly onCpuSeconds: (cpuSeconds: number) => void;
}

const turns = new AsyncLocalStorage<SandboxTurn>();

/** Runs a job whose sandboxes keep to the turn. */
export function inTurn<T>(turn: SandboxTurn, job: () => Promise<T>): Promise<T> {
  return turns.run(turn, job);
}

export function presentTurn(): SandboxTurn | undefined {
  return turns.getStore();
}
