import type { Fault } from './fault.ts';

/** SIGKILL of all replicas at once, as when a machine loses power. */
export const allOperatorsKilled: Fault = {
  name: 'all-operators-killed',
  seconds: [0, 0],
  endsLeader: true,
  begin: async ({ replicas }) => {
    for (const replica of replicas) replica.signal('SIGKILL');
    return async () => undefined;
  },
};
