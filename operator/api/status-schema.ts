import { z } from 'zod';

/** The status half of the API; see `schema.ts`. */

const condition = z.object({
  type: z.string().describe('Ready is the summary; docs/reference.md lists the others'),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False or Unknown'),
  reason: z.string().describe('Why, in one word; docs/reference.md lists them'),
  message: z.string().describe('Why, for people, and what to do'),
  lastTransitionTime: z.string().meta({ format: 'date-time' }).describe('When the status last changed'),
  observedGeneration: z.int().describe('metadata.generation that this condition describes'),
});

export const statusSchema = z.object({
  observedGeneration: z.int().optional().describe('metadata.generation that the operator last reconciled'),
  conditions: z
    .array(condition)
    .optional()
    .describe('Current conditions')
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  filter: z
    .object({
      digest: z.string().describe('SHA-256 of the module, 64 hex digits'),
      shortDigest: z.string().describe('The first 12 digits of it'),
      sizeBytes: z.int().describe('Size of the module, in bytes'),
      source: z.string().describe('Where the module came from'),
      url: z.string().describe('Where the proxies fetch it'),
      build: z
        .object({
          sourceDigest: z
            .string()
            .describe(
              'SHA-256 of all files that the compiler read, 64 hex digits; spagent build prints it too',
            ),
          compiler: z.string().describe('Name and version of the compiler'),
          options: z.string().describe('Arguments of the compiler'),
        })
        .optional()
        .describe('What the module was compiled from; absent where it was fetched'),
    })
    .optional()
    .describe('The module that was built or fetched last'),
  stableRevision: z.string().optional().describe('Latest revision whose rollout completed'),
  targetRevision: z.string().optional().describe('Revision of the current spec'),
  revisionNumber: z
    .int()
    .optional()
    .describe('Number of the revision that the workloads run or are updating to'),
  pods: z.string().optional().describe('Pods that run the revision, out of all selected pods'),
  rollout: z
    .object({
      state: z.string().describe('Progressing, Paused, RollingBack, Complete and others'),
      since: z.string().optional().meta({ format: 'date-time' }).describe('When the current step began'),
      message: z.string().describe('What the rollout waits for, or why it stopped'),
      step: z.string().optional().describe('The step in progress: Canary 1 of 2, or Wave 1 of 4'),
      canary: z
        .object({
          pods: z.int().describe('Pods that are to run the revision in this step'),
          verified: z.int().describe('Those of them that do'),
        })
        .optional()
        .describe('The pods of a canary step'),
      bakeUntil: z
        .string()
        .optional()
        .meta({ format: 'date-time' })
        .describe('When the bake of the step is over; absent while it does not count'),
      approval: z.string().optional().describe('Required: the step waits for spagent promote'),
      gates: z
        .array(
          z.object({
            name: z.string().describe('Name of the gate'),
            verdict: z.enum(['Pass', 'Fail', 'Inconclusive']).describe('Only Pass lets the step continue'),
            value: z.string().optional().describe('What was measured'),
            limit: z.string().optional().describe('What it is compared with'),
            message: z.string().describe('Why, for people'),
          }),
        )
        .optional()
        .describe('The gates of the step'),
    })
    .optional()
    .describe('The rollout of the revision'),
  workloads: z
    .array(
      z.object({
        kind: z
          .string()
          .describe(
            'Deployment, StatefulSet, DaemonSet or Rollout; of pods that none of these manages, the kind of their owner, or Pod',
          ),
        name: z.string().describe('Its name, in this namespace'),
        desired: z.int().describe('Desired number of pods'),
        updated: z.int().describe('Pods of the current template'),
        ready: z.int().describe('Pods that are ready, of any template'),
        verified: z.int().describe('Ready pods whose proxies run the revision'),
        loaded: z
          .int()
          .optional()
          .describe('Ready pods whose proxies have loaded the revision, and cannot show more'),
        skipped: z
          .object({
            reason: z.string().describe('Why, in one word; docs/reference.md lists them'),
            message: z.string().describe('Why, for people, and what to do'),
          })
          .optional()
          .describe('Why the rollout leaves the workload out'),
      }),
    )
    .optional()
    .describe('The first 20 of the selected workloads, those that need attention first'),
  workloadCount: z.int().optional().describe('How many workloads are selected'),
  history: z
    .array(
      z.object({
        revision: z.string().describe('The revision, 12 hex digits'),
        revisionNumber: z.int().describe('Counts up with each new revision'),
        digest: z.string().describe('SHA-256 of its module'),
        createdAt: z.string().meta({ format: 'date-time' }).describe('When it was created'),
        outcome: z
          .enum(['Stable', 'Failed', 'Pending', 'Superseded'])
          .describe('Stable: the one to roll back to. Pending: its rollout has not completed'),
        message: z.string().optional().describe('Why it failed'),
      }),
    )
    .optional()
    .describe('The revisions that are kept, newest first'),
});

export type SpAgentStatus = z.output<typeof statusSchema>;
export type Condition = z.output<typeof condition>;
