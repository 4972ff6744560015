import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** When a process started, in clock ticks since boot (proc(5), /proc/pid/stat): a number used again has another. */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the program's name in parentheses, and may contain anything.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function ownerFile(stateDirectory: string): string {
  return join(stateDirectory, 'owner');
}

/** Notes that this process holds the mesh. */
export async function claimMesh(stateDirectory: string): Promise<void> {
  await writeFile(ownerFile(stateDirectory), `${process.pid} ${await startOf(process.pid)}\n`);
}

/** The living process that holds the mesh of a state directory. */
export async function meshOwner(stateDirectory: string): Promise<number | undefined> {
  const note = await readFile(ownerFile(stateDirectory), 'utf8').catch(() => '');
  const [pid, start] = note.trim().split(' ');
  if (!pid || (await startOf(Number(pid))) !== start) return undefined;
  return Number(pid);
}
