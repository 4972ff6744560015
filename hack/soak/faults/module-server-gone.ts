import type { Fault } from './fault.ts';

/** The server from which specs fetch their modules does not answer. */
export const moduleServerGone: Fault = {
  name: 'module-server-gone',
  seconds: [10, 30],
  endsLeader: false,
  begin: async ({ modules }) => {
    modules.setGone(true);
    return async () => modules.setGone(false);
  },
};
