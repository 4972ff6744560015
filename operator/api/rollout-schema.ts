import { z } from 'zod';
import { gatesSchema } from './gate-schema.ts';
import { countOrShare, duration, formed } from './schema-parts.ts';

/** `spec.rollout`; see `schema.ts`. */

const waves = z.object({
  maxConcurrent: countOrShare
    .default(1)
    .describe(
      'Workloads that are updated at once: a number, or a share of the selected workloads such as 10% (at least one)',
    ),
  bake: duration('0s', '24h')
    .default('0s')
    .describe('Time to observe a wave, after its pods run the revision, before the next one begins'),
});

const canaryStep = z.object({
  pods: countOrShare.describe(
    'Pods that run the revision in this step, those of the steps before included: a number, or a share of all selected pods such as 10% (at least one)',
  ),
  bake: duration('0s', '168h')
    .default('1m')
    .describe('Time to observe them, once they run the revision, before the next step begins'),
  approval: z
    .enum(['Automatic', 'Manual'])
    .default('Automatic')
    .describe('Manual: after the bake the step waits for spagent promote'),
});

const timeOfDay = formed(
  /^([01][0-9]|2[0-3]):[0-5][0-9]$/,
  5,
  'a time of day from 00:00 to 23:59, such as 09:00',
);

const window = z.object({
  days: z
    .array(z.enum(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']))
    .min(1)
    .max(7)
    .default(['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'])
    .describe('Days on which the window begins')
    .meta({ 'x-kubernetes-list-type': 'set' }),
  from: timeOfDay.describe('When it begins'),
  to: timeOfDay.describe('When it ends; on the next day, if that is not after its beginning'),
  timeZone: formed(
    /^[A-Za-z][A-Za-z0-9_+-]*([/][A-Za-z0-9_+-]+){0,2}$/,
    64,
    'a time zone of the IANA database, such as Europe/Zurich',
  )
    .refine(isTimeZone, 'must be a time zone of the IANA database, such as Europe/Zurich')
    .default('UTC')
    .describe('Time zone of both'),
});

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const rolloutSchema = z.object({
  method: z
    .enum(['Restart', 'Live'])
    .default('Restart')
    .describe(
      'How the workloads are updated. Restart: their pod templates get the revision, and their own rolling updates replace the pods. Live: running pods, and new ones as soon as they are seen, are switched to the revision; no template is changed and nothing restarts, but a pod that starts while no operator runs has no filter until one does',
    ),

  canary: z
    .array(canaryStep)
    .max(16)
    .default([])
    .describe(
      'Steps in which some running pods are switched to a new revision, without a restart, before any workload is updated',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  gates: gatesSchema.describe(
    'What must pass while a canary step or a wave is observed, besides that its pods run the revision',
  ),
  waves: waves
    .prefault({})
    .describe('How many workloads are updated at once, and how long each wave is observed'),
  windows: z
    .array(window)
    .max(16)
    .default([])
    .describe(
      'When new canary steps and waves may begin; always if empty. A rollback never waits, and what is in progress continues',
    )
    .meta({ 'x-kubernetes-list-type': 'atomic' }),
  progressDeadline: duration('1s', '24h')
    .default('10m')
    .describe('Longest time for one workload to take a revision'),
  autoRollback: z.boolean().default(true).describe('Roll back to the stable revision when a step fails'),
  paused: z
    .boolean()
    .default(false)
    .describe('Pause the rollout; a workload that is already restarting finishes'),
});

export type RolloutSpec = z.output<typeof rolloutSchema>;
