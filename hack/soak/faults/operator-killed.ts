import type { Fault } from './fault.ts';

/** SIGKILL of the leading process, as when it runs out of memory. */
export const operatorKilled: Fault = {
  name: 'operator-killed',
  seconds: [0, 0],
  endsLeader: true,
  begin: async ({ leader }) => {
    leader().signal('SIGKILL');
    return async () => undefined;
  },
};
