import type { Fault } from './fault.ts';

/** The API server has another certificate, which the clients trust as well, and every connection is made again. */
export const certificateChanged: Fault = {
  name: 'certificate-changed',
  seconds: [0, 0],
  endsLeader: false,
  begin: async ({ replicas }) => {
    for (const { proxy } of replicas) {
      proxy.changeCertificate();
      proxy.endConnections(() => true);
    }
    return async () => undefined;
  },
};
