import { z } from 'zod';
import { agentKind, agentNameLengthMax, dnsLabelLengthMax, dnsLabelPattern } from './names.ts';
import { plainText } from './plain-text.ts';
import { specSchema, type SpAgent, type SpAgentSpec } from './schema.ts';
import { statusSchema, type SpAgentStatus } from './status-schema.ts';
import { unknownFields, unknownFieldsText } from './unknown-fields.ts';

// The operator owns the status: one that somebody else broke is replaced, not reported.
const ownStatusSchema = statusSchema.catch({}).default({});

const agentNameForm = `must have at most ${agentNameLengthMax} lower case letters, digits and inner hyphens`;

const objectSchema = z.object({
  metadata: z.object({
    namespace: z.string().regex(dnsLabelPattern).max(dnsLabelLengthMax),
    name: z.string().regex(dnsLabelPattern, agentNameForm).max(agentNameLengthMax, agentNameForm),
    uid: z.string(),
    generation: z.int().default(0),
    creationTimestamp: z.coerce.string(),
    deletionTimestamp: z.coerce.string().optional(),
    finalizers: z.array(z.string()).default([]),
  }),
  spec: specSchema,
  status: ownStatusSchema,
});

/** Why an agent cannot be read, and its last status. */
export interface Refusal {
  readonly error: string;
  readonly status: SpAgentStatus;
}

export type ParseResult = { readonly agent: SpAgent } | Refusal;

/** Unknown → SpAgent with defaults filled in; the error names the object, the field and what it must be. */
export function parseAgent(input: unknown): ParseResult {
  const result = objectSchema.safeParse(input);
  if (!result.success) return refusal(input, issueText(result.error));
  const { metadata, spec, status } = result.data;
  const unknown = unknownFieldsOf(input, spec);
  if (unknown.length > 0) return refusal(input, unknownFieldsText(unknown));
  return {
    agent: {
      namespace: metadata.namespace,
      name: metadata.name,
      uid: metadata.uid,
      generation: metadata.generation,
      createdAt: metadata.creationTimestamp,
      deletedAt: metadata.deletionTimestamp,
      finalizers: metadata.finalizers,
      spec,
      status,
    },
  };
}

const topFields = ['apiVersion', 'kind', 'metadata', 'spec', 'status'];

/** The CRD keeps fields of the spec that it does not know, so that they are seen here whatever wrote them. */
function unknownFieldsOf(input: unknown, spec: SpAgentSpec): string[] {
  const { spec: given, ...others } = z.looseObject({ spec: z.unknown() }).parse(input);
  const top = Object.keys(others).filter((key) => !topFields.includes(key));
  return [...top, ...unknownFields(given, spec, 'spec')];
}

function refusal(input: unknown, why: string): Refusal {
  const { status } = z.looseObject({ status: ownStatusSchema }).catch({ status: {} }).parse(input);
  return { error: plainText(`${agentKind} ${nameOf(input)}: ${why}`), status };
}

function nameOf(input: unknown): string {
  const metadata = z
    .looseObject({ metadata: z.looseObject({ namespace: z.string(), name: z.string() }) })
    .safeParse(input);
  return metadata.success
    ? `${metadata.data.metadata.namespace}/${metadata.data.metadata.name}`
    : '(no name)';
}

function issueText(error: z.ZodError): string {
  return error.issues.map((issue) => `${fieldPath(issue.path)}: ${issue.message}`).join('; ');
}

function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}
