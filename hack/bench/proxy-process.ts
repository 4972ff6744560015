import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * CPU time that the threads of a process have used, in nanoseconds (Linux: proc(5), `task/<tid>/schedstat`, first
 * field). `stat` counts in steps of 10 ms, too coarse for a round of a second.
 */
export async function cpuNanoseconds(pid: number): Promise<number> {
  const tasks = await readdir(`/proc/${pid}/task`);
  const times = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/schedstat`, 'utf8').catch(() => '0')),
  );
  return times.reduce((sum, line) => sum + Number(line.split(' ', 1)[0]), 0);
}

/** Waits until a process has nothing left to do, such as optimising a module in the background. */
export async function waitUntilIdle(pid: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  let before = await cpuNanoseconds(pid);
  while (performance.now() < deadline) {
    await sleep(100);
    const now = await cpuNanoseconds(pid);
    if (now - before < 2e6) return;
    before = now;
  }
  throw new Error(`process ${pid} was still busy after 10 s`);
}

/** Resident memory in bytes (proc(5), `status`). */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+([0-9]+) kB$/m.exec(status)?.[1] ?? Number.NaN) * 1024;
}
