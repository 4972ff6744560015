import type { Fault } from './fault.ts';

/** The leading replica alone loses the API server: its connections break, and new requests get no answer. */
export const leaderCutOff: Fault = {
  name: 'leader-cut-off',
  seconds: [15, 25],
  endsLeader: true,
  begin: async ({ leader }) => {
    const { proxy } = leader();
    proxy.treat(() => 'Hang');
    proxy.endConnections(() => true);
    return async () => proxy.treat(undefined);
  },
};
