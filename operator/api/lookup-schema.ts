import { z } from 'zod';
import { duration } from './schema-parts.ts';

/** `spec.lookup`. */
export const lookupSchema = z.object({
  enabled: z.boolean().default(true).describe('Ask the backend for a recorded answer'),
  onError: z
    .enum(['Continue', 'Fail'])
    .default('Continue')
    .describe(
      'What a failed or late lookup does to the request. Continue: it goes upstream. Fail: it is answered with 503, and x-softprobe-error says why',
    ),
  holdTimeout: duration('10ms', '60s')
    .optional()
    .describe(
      'Longest time that a request is held until its body has ended, so that the body can be looked up; backend.timeout if absent. After it the request goes upstream and is recorded, without a lookup',
    ),
  circuitBreaker: z
    .object({
      failures: z
        .int()
        .min(0)
        .max(1000)
        .default(5)
        .describe('Lookups in a row without an answer that open the circuit; 0: it never opens'),
      openFor: duration('10ms', '1h')
        .default('5s')
        .describe(
          'How long an open circuit lets requests go on without a lookup before one lookup tries the backend again',
        ),
    })
    .prefault({})
    .describe(
      'Stops lookups while the backend does not answer, so that its failure costs the first requests their time-out and not every request. In each worker of a proxy for itself',
    ),
  strict: z
    .boolean()
    .default(false)
    .describe(
      "Answer a miss with the backend's answer (404, x-softprobe-error: miss) instead of going upstream",
    ),
  when: z
    .enum(['Always', 'Session'])
    .default('Always')
    .describe(
      'Session: leave requests alone that carry no session id. It stands in a header x-softprobe-session-id, x-sp-session-id, sp_session_id or x-session-id, or in the member x-sp-session-id of tracestate',
    ),
});
