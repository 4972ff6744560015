/** Holds a mesh until SIGTERM, after the command that asked for it has ended. Child of hack/mesh/main.ts, which hears by IPC. */
import { once } from 'node:events';
import { messageOf } from '../../operator/api/errors.ts';
import { startMesh } from './mesh.ts';

export type KeeperMessage =
  { readonly line: string } | { readonly ready: string } | { readonly failed: string };

function send(message: KeeperMessage): void {
  if (process.connected) process.send?.(message);
}

const terminated = once(process, 'SIGTERM');
try {
  await using mesh = await startMesh({ log: (line) => send({ line }) });
  send({ ready: mesh.kubeconfig });
  await terminated;
} catch (error) {
  send({ failed: messageOf(error) });
  process.exitCode = 1;
} finally {
  if (process.connected) process.disconnect();
}
