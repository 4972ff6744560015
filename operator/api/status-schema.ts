import { z } from 'zod';

/** The status half of the API; see `schema.ts`. */

const condition = z.object({
  type: z.string().describe('Ready is the summary; docs/reference.md lists the others'),
  status: z.enum(['True', 'False', 'Unknown']).describe('Whether it is so'),
  reason: z.string().describe('Why, in one word; docs/reference.md lists them'),
  message: z.string().describe('Why, for people, and what to do'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('Since when the status is this one'),
  observedGeneration: z.int().describe('metadata.generation that it was said of'),
});

export const statusSchema = z.object({
  observedGeneration: z.int().optional().describe('metadata.generation that was looked at last'),
  conditions: z
    .array(condition)
    .optional()
    .describe('What is so, and what is not')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  filter: z
    .object({
      digest: z.string().describe('SHA-256 of the module, 64 hex digits'),
      shortDigest: z.string().describe('The first 12 digits of it'),
      sizeBytes: z.int().describe('Size of the module, in bytes'),
      source: z.string().describe('Where the module came from'),
      url: z.string().describe('Where the proxies fetch it'),
    })
    .optional()
    .describe('The module that was built or fetched last'),
  stableRevision: z.string().optional().describe('Newest revision that was rolled out whole'),
  targetRevision: z.string().optional().describe('Revision of the present spec'),
  revision: z.int().optional().describe('Number of the revision that the workloads run or go to'),
  pods: z.string().optional().describe('Pods that run the revision, of all selected'),
  rollout: z
    .object({
      step: z.string().describe('Where it stands: Progressing, Paused, RollingBack, Complete and others'),
      since: z.string().optional().meta({ format: 'date-time' }).describe('When the present step began'),
      message: z.string().describe('What is waited for, or why it stopped'),
    })
    .optional()
    .describe('The rollout of the revision'),
  workloads: z
    .array(
      z.object({
        kind: z.string().describe('Deployment, StatefulSet or DaemonSet'),
        name: z.string().describe('Its name, in this namespace'),
        desired: z.int().describe('Pods that it shall have'),
        updated: z.int().describe('Pods of its latest template'),
        ready: z.int().describe('Pods that are ready, of any template'),
        verified: z.int().describe('Ready pods whose proxies run the revision'),
      }),
    )
    .optional()
    .describe('The selected workloads'),
  history: z
    .array(
      z.object({
        revision: z.string().describe('The revision, 12 hex digits'),
        number: z.int().describe('Counts up with each new revision'),
        digest: z.string().describe('SHA-256 of its module'),
        createdAt: z.string().meta({ format: 'date-time' }).describe('When it was made'),
        outcome: z
          .enum(['Stable', 'Failed', 'Pending', 'Superseded'])
          .describe('Stable: the one to go back to. Pending: not yet rolled out whole'),
        message: z.string().optional().describe('Why it failed'),
      }),
    )
    .optional()
    .describe('The revisions that are kept, newest first'),
});

export type SpAgentStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof condition>;
