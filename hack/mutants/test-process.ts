import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { forget, killWithParent } from '../cluster/watchdog.ts';
import type { Task, Trial, TrialResult } from './runner.ts';

/** What became of the tests: the title of the first that failed, or that they took too long. */
export type Outcome = TrialResult | 'TimedOut';

/** In the place of a test's title. */
export const processEnded = 'the process ended';

/** A process with loaded tests, see runner.ts. */
export interface TestProcess extends AsyncDisposable {
  /** @param milliseconds after which the process is ended. */
  run(trial: Trial, milliseconds: number): Promise<Outcome>;
}

/** @returns what became of loading the tests, and the process. */
export async function startTests(
  task: Task,
  milliseconds: number,
): Promise<{ readonly loaded: Outcome; readonly process: TestProcess }> {
  const child = fork(join(import.meta.dirname, 'runner.ts'), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // A few of the random worlds; and files that do not change are compiled once.
    env: { ...process.env, MODEL_RUNS: '0.05', NODE_COMPILE_CACHE: 'node_modules/.cache/mutants' },
  });
  if (child.pid) killWithParent(child.pid);
  const exited = once(child, 'exit');
  const ask = async (message: Task | Trial, limit: number): Promise<Outcome> => {
    const timer = new AbortController();
    child.send(message);
    const answer = await Promise.race([
      once(child, 'message').then(([result]) => result as TrialResult),
      exited.then(() => ({ failed: processEnded })),
      sleep(limit, 'TimedOut' as const, { signal: timer.signal }),
    ]);
    timer.abort();
    if (answer === 'TimedOut') child.kill('SIGKILL');
    return answer;
  };
  const loaded = await ask(task, milliseconds);
  return {
    loaded,
    process: {
      run: ask,
      async [Symbol.asyncDispose]() {
        child.kill('SIGKILL');
        await exited;
        if (child.pid) forget(child.pid);
      },
    },
  };
}
