import { z } from 'zod';
import { HttpError } from '../http/answer.ts';
import { messageOf } from '../../api/errors.ts';
import type { Rule } from '../match/rules.ts';

/** Documents that SDKs and the CLI send to the control API. Unknown members are kept or ignored, as the runtime does. */

/** Of one document; a case holds bodies. */
const rulesMax = 1000;

const status = z.int().min(200).max(599);

const bodyText = z
  .unknown()
  .optional()
  .transform((body) => (body == null ? '' : typeof body === 'string' ? body : JSON.stringify(body)));

const when = z.object({
  direction: z.string().optional(),
  service: z.string().optional(),
  host: z.string().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  pathPrefix: z.string().optional(),
});

const mock = z.object({
  action: z.literal('mock'),
  response: z
    .object({
      status: status.default(200),
      headers: z.record(z.string(), z.coerce.string()).default({}),
      body: bodyText,
    })
    .default({ status: 200, headers: {}, body: '' }),
});

const error = z
  .object({ action: z.literal('error'), error: z.object({ status, body: z.unknown().optional() }) })
  .transform(({ action, error: { status: code, body } }) => ({ action, status: code, body }));

const pass = z.object({ action: z.enum(['passthrough', 'capture_only']) });

// A deprecated action: the runtime accepts it and passes the request.
const replay = z
  .object({ action: z.literal('replay') })
  .transform(() => ({ action: 'passthrough' as const }));

const rule = z.object({
  priority: z.int().default(0),
  when,
  then: z.union([mock, error, pass, replay]),
});

const rules = z.array(rule).max(rulesMax);

const rulesDocument = z.looseObject({ rules });

const mode = z.enum(['capture', 'replay', 'generate']);
export type SessionMode = z.infer<typeof mode>;

const policy = z.looseObject({ externalHttp: z.enum(['strict', 'allow']).optional() });
export type Policy = z.infer<typeof policy>;

const createRequest = z.looseObject({ mode, policy: policy.optional() });

const caseDocument = z.looseObject({
  version: z.string(),
  caseId: z.string(),
  traces: z.array(z.unknown()).max(10_000),
  rules: rules.optional(),
});

const authFixtures = z.looseObject({
  tokens: z.array(z.string()).optional(),
  cookies: z.array(z.looseObject({ name: z.string(), value: z.string() })).optional(),
});

export const readCreateRequest = (body: Uint8Array) => read(createRequest, body);
export const readPolicy = (body: Uint8Array) => read(policy, body);
export const readAuthFixtures = (body: Uint8Array) => read(authFixtures, body);
export const readCaseDocument = (body: Uint8Array) => read(caseDocument, body);

export function readRules(body: Uint8Array): readonly Rule[] {
  return read(rulesDocument, body, 'invalid_rules').rules;
}

/** @throws HttpError 400 with the path of the member that is wrong. */
function read<Schema extends z.ZodType>(
  schema: Schema,
  body: Uint8Array,
  code: 'invalid_request' | 'invalid_rules' = 'invalid_request',
): z.output<Schema> {
  if (body.length === 0) throw new HttpError([400, 'invalid_request'], 'the body is empty; JSON expected');
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch (cause) {
    throw new HttpError([400, 'invalid_request'], `the body is not JSON: ${messageOf(cause).slice(0, 200)}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.') || 'body';
  throw new HttpError([400, code], `${at.slice(0, 200)}: ${(issue?.message ?? 'invalid').slice(0, 300)}`);
}
