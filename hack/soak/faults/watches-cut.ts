import type { Fault } from './fault.ts';

/** Milliseconds between two cuts. */
const pause = 1000;

/** The connection of each watch breaks, again and again, as behind a load balancer that restarts. */
export const watchesCut: Fault = {
  name: 'watches-cut',
  seconds: [5, 10],
  endsLeader: false,
  begin: async ({ replicas }) => {
    const cut = () => {
      for (const { proxy } of replicas) proxy.endConnections(({ isWatch }) => isWatch);
    };
    cut();
    const timer = setInterval(cut, pause);
    return async () => {
      clearInterval(timer);
    };
  },
};
