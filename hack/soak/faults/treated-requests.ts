import type { Treatment } from '../api-proxy.ts';
import type { Fault } from './fault.ts';

interface TreatedRequests extends Pick<Fault, 'name' | 'seconds'> {
  readonly treatment: Treatment;
  /** One of so many requests is treated so. */
  readonly oneOf: number;
}

/** Some requests of all replicas do not get the API server's answer. */
export function treated({ name, seconds, treatment, oneOf }: TreatedRequests): Fault {
  return {
    name,
    seconds,
    endsLeader: true,
    begin: async ({ replicas }) => {
      let count = 0;
      const treat = () => {
        count += 1;
        return count % oneOf === 0 ? treatment : 'Forward';
      };
      for (const { proxy } of replicas) proxy.treat(treat);
      return async () => {
        for (const { proxy } of replicas) proxy.treat(undefined);
      };
    },
  };
}
