import { z } from 'zod';
import type { RevisionData } from './revision.ts';

/** The object that keeps a revision: `SpAgentRevision`. Its CRD is made from the second half of this file. */

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const port = z.int().min(1).max(65_535);

const dataFields = {
  digest: sha256,
  reportsRevision: z.boolean().exactOptional(),
  wantsBodies: z.boolean().exactOptional(),
  delivery: z.enum(['WasmPlugin', 'TrafficExtension', 'EnvoyFilter']),
  sides: z.array(z.enum(['Outbound', 'Inbound'])).min(1),
  renderVersion: z.int().min(1).exactOptional(),
  ports: z.array(port).min(1).exactOptional(),
  matchLabels: z.record(z.string(), z.string()),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .exactOptional(),
  phase: z.enum(['Authn', 'Authz', 'Stats']).optional(),
  priority: z.int().optional(),
  failStrategy: z.enum(['FailOpen', 'FailClose', 'FailReload']),
  env: z.array(
    z.strictObject({
      name: z.string(),
      value: z.string().optional(),
      fromProxy: z.boolean().optional(),
    }),
  ),
  backend: z
    .strictObject({
      host: z.string(),
      port,
      tls: z.strictObject({ sni: z.string(), insecureSkipVerify: z.boolean() }).optional(),
      inCluster: z.boolean(),
    })
    .optional(),
  publicKey: z.strictObject({ secretName: z.string(), key: z.string(), digest: sha256 }).optional(),
  redactionKeyDigest: sha256.optional(),
  pluginConfig: z.record(z.string(), z.json()),
  customConfig: z.json().optional(),
  rootId: z.string().optional(),
} satisfies Record<keyof RevisionData, z.ZodType>;

/** Nothing else is accepted, so that what is rendered from an object is all that its digest covers. */
const dataSchema = z.strictObject(dataFields);

/** @throws where it is not what some version of the operator writes. */
export function parseRevisionData(input: unknown): RevisionData {
  return dataSchema.parse(input) as RevisionData;
}

/** What a revision is. Nobody changes it; the name is `<agent>-<digest of data>`. */
export const revisionSpecSchema = z.object({
  number: z.int().min(1).describe('Counts up per agent, for people'),
  data: z
    .unknown()
    .meta({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    .describe(
      'Everything that changes a proxy’s behaviour; its digest is in the name, and is checked on every read',
    ),
  agentSpec: z
    .unknown()
    .optional()
    .meta({ type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    .describe(
      'Spec of the SpAgent when the revision was created: spagent undo applies it again. The operator does not read it',
    ),
});

/** What its rollouts showed. */
export const revisionStatusSchema = z.object({
  stableSince: z
    .string()
    .max(64)
    .optional()
    .meta({ format: 'date-time' })
    .describe('Since when the revision is known to be good'),
  failure: z
    .object({
      reason: z.string().max(64).describe('Why it failed, in one word'),
      message: z.string().max(32_768).describe('Why it failed, for people'),
      at: z.string().max(64).meta({ format: 'date-time' }).describe('When it failed'),
    })
    .optional()
    .describe('Its last failure'),
  memory: z
    .string()
    .max(524_288)
    .optional()
    .describe(
      'JSON of what its rollouts have to remember: steps and their bakes; attempts, progress and arrivals of workloads, by their uid',
    ),
});
