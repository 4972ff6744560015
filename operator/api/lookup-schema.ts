import { z } from 'zod';
import { duration, formed } from './schema-parts.ts';

const method = formed(/^[A-Z]{1,16}$/, 16, 'a method in capital letters, such as GET');

/** `spec.lookup`. */
export const lookupSchema = z.object({
  methods: z
    .array(method)
    .max(16)
    .optional()
    .describe(
      'Methods to look up; requests in a session are looked up with any method. If absent: GET and HEAD in mode Cache, as other methods change something on the server, which a replay does not; all methods in mode Replay',
    ),
  cacheRules: z
    .enum(['Shared', 'None'])
    .default('Shared')
    .describe(
      'Which requests without a session are replayed. Shared: in mode Cache only what a shared cache may replay (RFC 9111): no cache-control private, no-store or no-cache, no vary: *, no health checks, nothing inbound; in both modes no response that was recorded for other credentials. None: everything, to everyone',
    ),
  body: z
    .enum(['Match', 'Ignore'])
    .optional()
    .describe(
      "Default: Match; Ignore with backend.profile Runtime. Match: a recording is replayed only for the same request body; a request whose body the proxy cannot hold back is recorded without a lookup. Ignore: method, host and path are enough, as in the rules of Softprobe's runtime",
    ),
  redactedBodies: z
    .enum(['Replay', 'Skip'])
    .default('Replay')
    .describe('Whether recordings with redacted bodies are replayed'),
  onError: z
    .enum(['Continue', 'Fail'])
    .default('Continue')
    .describe(
      'What a failed or late lookup does to the request. Continue: it goes upstream. Fail: it is answered with 503, and x-softprobe-error has the reason',
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
          'How long an open circuit lets requests continue without a lookup before one lookup tries the backend again',
        ),
    })
    .prefault({})
    .describe(
      'Stops lookups while the backend does not answer, so that only the first requests wait for its time-out. Each worker thread of a proxy has its own',
    ),
  strict: z
    .boolean()
    .default(false)
    .describe(
      "Send only exempt requests upstream. A miss is answered with the backend's answer (404, x-softprobe-error: miss), a request that cannot be looked up (too large, a range, a static resource, gRPC and the like) with 503 and x-softprobe-error: not-looked-up, and a failed lookup as with onError: Fail",
    ),
  when: z
    .enum(['Always', 'Session'])
    .optional()
    .describe(
      'Default: Always; Session with backend.profile Runtime. Session: leave requests without a session id alone. The id is in the header x-softprobe-session-id, x-sp-session-id, sp_session_id or x-session-id, or in the member x-softprobe-session-id or x-sp-session-id of tracestate',
    ),
  onAnswer: z
    .enum(['Pass', 'Upstream'])
    .optional()
    .describe(
      'What an error of the backend itself (JSON, such as a strict miss or an error rule) does to the request. Default: Pass; Upstream with backend.profile Hosted. Pass: it is the response. Upstream: as a failed lookup, see onError',
    ),
});
