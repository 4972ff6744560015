import type { Fault } from './fault.ts';

/** SIGSTOP of the leading process: it wakes up after another one has taken over, and believes that it leads. */
export const operatorStopped: Fault = {
  name: 'operator-stopped',
  seconds: [20, 30],
  endsLeader: true,
  begin: async ({ leader }) => {
    const stopped = leader();
    stopped.signal('SIGSTOP');
    return async () => stopped.signal('SIGCONT');
  },
};
