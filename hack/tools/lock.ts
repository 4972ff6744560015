import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const pollMilliseconds = 200;

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, of another user.
    return hasCode(error, 'EPERM');
  }
}

async function holderOf(path: string): Promise<number | undefined> {
  try {
    return Number(await readFile(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function tryToTake(path: string, mine: string): Promise<boolean> {
  try {
    // A link appears with its content at once: nobody ever reads a lock without a pid.
    await link(mine, path);
    return true;
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  }
}

/**
 * Takes a lock that processes of one machine share, and recovers it when its holder is dead. What is done under it
 * must still be idempotent: two that recover the same stale lock in the same instant can both hold it.
 * @param onWait gets the process that holds the lock, once per holder.
 */
export async function acquireLock(path: string, onWait: (pid: number) => void): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  const mine = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(mine, String(process.pid));
  let announced: number | undefined;
  try {
    while (!(await tryToTake(path, mine))) {
      const holder = await holderOf(path);
      if (holder === undefined) continue;
      if (!isAlive(holder)) {
        // Rename, not remove: of two that see the same dead holder only one succeeds.
        await rename(path, `${mine}.stale`).catch(() => undefined);
        await rm(`${mine}.stale`, { force: true });
        continue;
      }
      if (holder !== announced) onWait(holder);
      announced = holder;
      await sleep(pollMilliseconds);
    }
  } finally {
    await rm(mine, { force: true });
  }
  return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
}
