import { z } from 'zod';

/** The status half of the API; see `schema.ts`. */

const condition = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string(),
  lastTransitionTime: z.string().meta({ format: 'date-time' }),
  observedGeneration: z.int(),
});

export const statusSchema = z.object({
  observedGeneration: z.int().optional(),
  conditions: z
    .array(condition)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  filter: z
    .object({
      digest: z.string().describe('SHA-256 of the module, 64 hex digits'),
      shortDigest: z.string().describe('The first 12 digits of it'),
      sizeBytes: z.int(),
      source: z.string().describe('Where the module came from'),
      url: z.string().describe('Where the proxies fetch it'),
    })
    .optional(),
  stableRevision: z.string().optional().describe('Newest revision that was rolled out whole'),
  targetRevision: z.string().optional().describe('Revision of the present spec'),
  revision: z.int().optional().describe('Number of the revision that the workloads run or go to'),
  pods: z.string().optional().describe('Pods that run the revision, of all selected'),
  rollout: z
    .object({
      step: z.string(),
      since: z.string().optional().meta({ format: 'date-time' }),
      message: z.string(),
    })
    .optional(),
  workloads: z
    .array(
      z.object({
        kind: z.string(),
        name: z.string(),
        desired: z.int(),
        updated: z.int(),
        ready: z.int(),
        verified: z.int(),
      }),
    )
    .optional(),
  history: z
    .array(
      z.object({
        revision: z.string(),
        number: z.int(),
        digest: z.string(),
        createdAt: z.string().meta({ format: 'date-time' }),
        outcome: z.enum(['Stable', 'Failed', 'Pending', 'Superseded']),
        message: z.string().optional(),
      }),
    )
    .optional(),
});

export type SpAgentStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof condition>;
