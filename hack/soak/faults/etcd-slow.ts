import { setTimeout as sleep } from 'node:timers/promises';
import type { Fault } from './fault.ts';

const pausedMilliseconds = 180;
const runningMilliseconds = 20;

/** etcd gets a tenth of its time, as on a disk that is too slow. */
export const etcdSlow: Fault = {
  name: 'etcd-slow',
  seconds: [10, 20],
  endsLeader: false,
  begin: async ({ plane }) => {
    const pid = plane.servers.get('etcd')?.pid();
    if (pid === undefined) throw new Error('etcd does not run');
    let isOver = false;
    const slow = async () => {
      while (!isOver) {
        process.kill(pid, 'SIGSTOP');
        await sleep(pausedMilliseconds);
        process.kill(pid, 'SIGCONT');
        await sleep(runningMilliseconds);
      }
    };
    const ended = slow();
    return async () => {
      isOver = true;
      await ended;
    };
  },
};
