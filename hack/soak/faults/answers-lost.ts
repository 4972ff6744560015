import { treated } from './treated-requests.ts';

/** A third of the requests is executed, and the answer does not arrive: nobody knows whether the write was made. */
export const answersLost = treated({
  name: 'answers-lost',
  seconds: [8, 20],
  treatment: 'LoseAnswer',
  oneOf: 3,
});
