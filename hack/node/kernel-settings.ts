import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the node's programs change in the running kernel, below /proc/sys. */
const changed = [
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxbytes',
  'kernel/keys/root_maxkeys',
  'net/ipv4/conf/all/route_localnet',
  'net/ipv4/ip_forward',
  'vm/overcommit_memory',
  'vm/panic_on_oom',
];

function noteFile(stateDirectory: string): string {
  return join(stateDirectory, 'kernel-settings.json');
}

export async function rememberKernelSettings(stateDirectory: string): Promise<void> {
  const values: Record<string, string> = {};
  for (const name of changed) values[name] = (await readFile(join('/proc/sys', name), 'utf8')).trim();
  await writeFile(noteFile(stateDirectory), JSON.stringify(values, null, 2));
}

export async function restoreKernelSettings(stateDirectory: string): Promise<void> {
  const note = await readFile(noteFile(stateDirectory), 'utf8').catch(() => '{}');
  const values = JSON.parse(note) as Record<string, string>;
  for (const name of changed) {
    const value = values[name];
    if (value !== undefined) await writeFile(join('/proc/sys', name), value);
  }
}
