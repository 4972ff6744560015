import { treated } from './treated-requests.ts';

/** The API server's priority and fairness refuses half of the requests. */
export const tooManyRequests = treated({
  name: 'too-many-requests',
  seconds: [8, 20],
  treatment: 429,
  oneOf: 2,
});
