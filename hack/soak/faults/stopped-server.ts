import type { Fault } from './fault.ts';

/** A program of the control plane is killed, and started again after some seconds. */
export function stopped(program: string, { seconds }: Pick<Fault, 'seconds'>): Fault {
  return {
    name: `${program}-stopped`,
    seconds,
    endsLeader: program === 'kube-apiserver',
    begin: async ({ plane }) => {
      const server = plane.servers.get(program);
      await server?.stop();
      return async () => server?.start();
    },
  };
}
