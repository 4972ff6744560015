import { repeatUntil } from '../../operator/cli/repeat-until.ts';
import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { kubectl } from '../cluster/kubectl.ts';
import { removeLeftovers } from '../node/leftovers.ts';
import type { KeeperMessage } from './keeper.ts';
import { meshDirectory, meshKubeconfig, prepareMachine } from './mesh.ts';
import { meshOwner } from './owner.ts';

/** Seconds that the keeper gets to take everything down. */
const downDeadlineSeconds = 90;

/** Brings the mesh up, held by a process that continues after this one, and returns the kubeconfig's path. */
export async function up(log: (line: string) => void): Promise<string> {
  if ((await meshOwner(meshDirectory)) !== undefined) return meshKubeconfig(meshDirectory);
  await prepareMachine(log);
  const keeper = fork(join(import.meta.dirname, 'keeper.ts'), { detached: true, stdio: 'ignore' });
  const interrupt = () => keeper.kill('SIGTERM');
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const result = new Promise<string>((resolve, reject) => {
    keeper.on('message', (message: KeeperMessage) => {
      if ('line' in message) log(message.line);
      else if ('ready' in message) resolve(message.ready);
      else reject(new Error(message.failed));
    });
    keeper.once('exit', (code, signal) => {
      reject(new Error(`the mesh ended before it was ready (${signal ?? `exit code ${code}`})`));
    });
  });
  try {
    return await result;
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    if (keeper.connected) keeper.disconnect();
    keeper.unref();
  }
}

/** Takes the mesh down, or what is left of it. */
export async function down(log: (line: string) => void): Promise<void> {
  const owner = await meshOwner(meshDirectory);
  if (owner !== undefined) {
    log(`taking the mesh of process ${owner} down`);
    process.kill(owner, 'SIGTERM');
    const hasEnded = async () => (await meshOwner(meshDirectory)) === undefined;
    if (!(await repeatUntil(hasEnded, { seconds: downDeadlineSeconds, pollMilliseconds: 100 }))) {
      log(`process ${owner} has not ended after ${downDeadlineSeconds} s: killing it`);
      process.kill(owner, 'SIGKILL');
    }
  }
  await removeLeftovers(meshDirectory);
  log('nothing is left of the mesh');
}

/** What there is, for a person to read. */
export async function status(): Promise<string> {
  const owner = await meshOwner(meshDirectory);
  if (owner === undefined) {
    return existsSync(meshDirectory)
      ? `down, with leftovers of an interrupted run in ${meshDirectory}: npm run mesh -- down`
      : 'down';
  }
  const kubeconfig = meshKubeconfig(meshDirectory);
  const pods = await kubectl(kubeconfig, ['get', 'pods', '--all-namespaces']);
  return `up, held by process ${owner}\nexport KUBECONFIG=${kubeconfig}\n\n${pods}`;
}
