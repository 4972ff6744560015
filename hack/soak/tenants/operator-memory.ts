import { readFile } from 'node:fs/promises';

export interface Memory {
  /** Highest resident memory since the process began, without its children. */
  readonly peakMebibytes: number;
}

export async function memoryOf(pid: number | undefined): Promise<Memory> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const kibibytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  return { peakMebibytes: Math.round(kibibytes / 1024) };
}
