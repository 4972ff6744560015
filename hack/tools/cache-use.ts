import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, isAlive } from './lock.ts';

/** A file for each process that uses the cache, named by its pid. */
const usersDirectory = (cache: string) => join(cache, 'users');
const cleaningLock = (cache: string) => join(cache, 'cleaning.lock');

/** Keeps the cache from being cleaned until this process ends; waits while it is. */
export async function useCache(cache: string): Promise<void> {
  const mine = join(usersDirectory(cache), String(process.pid));
  await mkdir(usersDirectory(cache), { recursive: true });
  await writeFile(mine, '');
  process.once('exit', () => {
    rmSync(mine, { force: true });
  });
  // Whoever cleans takes the lock first and looks for users then: one of the two sees the other.
  const lock = await acquireLock(cleaningLock(cache), (pid) => {
    process.stderr.write(`Waiting for process ${pid}, which cleans ${cache}\n`);
  });
  await lock[Symbol.asyncDispose]();
}

/**
 * Does what nobody who uses the cache may see.
 * @throws where a process uses it, with the way to find it.
 */
export async function withUnusedCache<T>(cache: string, work: () => Promise<T>): Promise<T> {
  await using _ = await acquireLock(cleaningLock(cache), (pid) => {
    process.stderr.write(`Waiting for process ${pid}, which cleans ${cache}\n`);
  });
  const users = await liveUsers(cache);
  if (users.length > 0) {
    throw new Error(
      `${cache} is used by process ${users.join(', ')}: wait until it ends (ps -p ${users.join(',')})`,
    );
  }
  return await work();
}

async function liveUsers(cache: string): Promise<number[]> {
  const names = await readdir(usersDirectory(cache)).catch(() => []);
  const live: number[] = [];
  for (const name of names) {
    const pid = Number(name);
    if (pid !== process.pid && isAlive(pid)) live.push(pid);
    else await rm(join(usersDirectory(cache), name), { force: true });
  }
  return live;
}
