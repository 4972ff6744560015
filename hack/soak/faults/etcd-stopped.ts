import type { Fault } from './fault.ts';

/** etcd answers nothing, as when it has lost its quorum. */
export const etcdStopped: Fault = {
  name: 'etcd-stopped',
  seconds: [3, 12],
  endsLeader: true,
  begin: async ({ plane }) => {
    const pid = plane.servers.get('etcd')?.pid();
    if (pid === undefined) throw new Error('etcd does not run');
    process.kill(pid, 'SIGSTOP');
    return async () => void process.kill(pid, 'SIGCONT');
  },
};
