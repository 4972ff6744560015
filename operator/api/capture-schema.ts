import { z } from 'zod';
import { byteCount, formed, matchSchema, share } from './schema-parts.ts';

const captureRule = z.object({
  methods: z
    .array(formed(/^[A-Z]{1,16}$/, 16, 'a method in capital letters, such as GET'))
    .max(16)
    .optional()
    .describe('HTTP methods; none means all'),
  host: matchSchema.optional().describe('Matched against the authority without its port'),
  path: matchSchema.optional().describe('Matched against the path without its query'),
});

/** `spec.capture`. */
const headerNames = z
  .array(formed(/^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 128, 'a header name in lower case, such as cookie'))
  .max(64);

export const captureSchema = z.object({
  rules: z.array(captureRule).max(64).default([]).describe('Requests to look up and record; none means all'),
  exempt: z
    .array(captureRule.omit({ methods: true }))
    .max(64)
    .default([])
    .describe('Requests to leave alone, whatever the rules say'),
  telemetry: z
    .array(captureRule.omit({ methods: true }))
    .max(64)
    .optional()
    .describe(
      'Telemetry of the application, which is left alone like what is exempt. Replaces the built-in list of paths: OpenTelemetry, Zipkin, Jaeger, Loki, Prometheus remote write, Datadog, Sentry, Elastic APM, New Relic, Splunk',
    ),
  ports: z
    .array(z.int().min(1).max(65535))
    .max(32)
    .default([])
    .describe('Destination ports to look up and record; none means all'),
  maxRequestBody: byteCount
    .default('256Ki')
    .describe(
      'Longer request bodies pass without a lookup and are recorded cut. Where lookups need the body, those above 512Ki pass without one too',
    ),
  maxResponseBody: byteCount.default('512Ki').describe('Longer response bodies are recorded cut'),
  statuses: z
    .array(formed(/^([2-5]xx|[2-5][0-9]{2})$/, 3, 'a status such as 404, or a class such as 2xx'))
    .min(1)
    .max(32)
    .optional()
    .describe('Upstream statuses that are recorded. Default: 2xx with backend.profile Hosted, else all'),
  redactHeaders: headerNames
    .default([])
    .describe(
      'Headers, in lower case, whose values are replaced by [redacted] before anything is sent, in addition to the default list, which names the usual credentials (filter/README.md, Configuration)',
    ),
  redactHeadersOnly: headerNames
    .optional()
    .describe('Replaces the default list: headers that carry credentials are sent unless they are named'),
  bypassInSession: z
    .boolean()
    .optional()
    .describe(
      'Leave static resources, ranges, prefetches, page fragments, gRPC and telemetry alone in a session as well. Default: true with backend.profile Hosted, else false',
    ),
  redactMarker: z
    .enum(['Digest', 'Plain'])
    .default('Digest')
    .describe(
      'What replaces a redacted value in requests. Digest: a keyed digest of it, so that lookups distinguish users; the key is in a Secret that the operator creates for this agent. Plain: the same for everybody, so that one user may get the recording of another',
    ),
  redactQuery: z
    .array(z.string().min(1).max(128))
    .max(64)
    .default([])
    .describe('Query parameters and form fields to redact, by name; * stands for any run of characters'),
  redactJsonFields: z
    .array(z.string().min(1).max(128))
    .max(64)
    .default([])
    .describe('Fields of JSON bodies to redact, by name; * stands for any run of characters'),
  sample: share
    .default('100%')
    .describe(
      'Share of the requests to look up and record, chosen by trace id, so that all proxies of a trace decide alike; the others are left alone',
    ),
});
