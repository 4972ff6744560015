import { treated } from './treated-requests.ts';

/** Half of the requests fail with 500. */
export const serverErrors = treated({ name: 'server-errors', seconds: [8, 20], treatment: 500, oneOf: 2 });
