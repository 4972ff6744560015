import { z } from 'zod';
import { revisionLabelPrefix } from './names.ts';
import { labelKeyPattern, labelValuePattern, rules } from './schema-parts.ts';

/** `spec.selector`: a label selector as Kubernetes' own. */

const labelKeyLengthMax = 317;
const listMax = 32;

const needsSelection = 'give matchLabels or matchExpressions: the selector must not be empty';

/** The operator sets these labels itself: a selector that depends on them would select other pods with each rollout. */
const ownLabelMessage = `${revisionLabelPrefix} labels are the operator's own and cannot be selected by`;

const labelValue = z.string().max(63).regex(labelValuePattern);

const matchExpression = z
  .object({
    key: z
      .string()
      .max(labelKeyLengthMax)
      .regex(labelKeyPattern)
      .meta(
        rules(
          {
            rule: `self.matches('${labelKeyPattern.source}')`,
            message: 'must be a label name such as app or example.com/app',
          },
          { rule: `!self.startsWith('${revisionLabelPrefix}')`, message: ownLabelMessage },
        ),
      )
      .describe('Name of the label'),
    operator: z
      .enum(['In', 'NotIn', 'Exists', 'DoesNotExist'])
      .describe('NotIn and DoesNotExist select pods without the label too'),
    values: z
      .array(labelValue)
      .max(listMax)
      .optional()
      .describe('Values of In and NotIn; none for the others'),
  })
  .meta(
    rules({
      rule: "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
      message: 'In and NotIn need values; Exists and DoesNotExist take none',
      fieldPath: '.values',
    }),
  );

export const selectorSchema = z
  .object({
    matchLabels: z
      .record(z.string().regex(labelKeyPattern), labelValue)
      .optional()
      .meta({
        minProperties: 1,
        maxProperties: listMax,
        ...rules(
          {
            rule: `self.all(key, key.size() <= ${labelKeyLengthMax} && key.matches('${labelKeyPattern.source}'))`,
            message: 'each key must be a label name such as app or example.com/app',
          },
          { rule: `!self.exists(key, key.startsWith('${revisionLabelPrefix}'))`, message: ownLabelMessage },
        ),
      })
      .describe('Labels that a pod must carry, all of them'),
    matchExpressions: z
      .array(matchExpression)
      .max(listMax)
      .optional()
      .describe('Conditions on the labels of a pod, all of which must hold'),
  })
  // One that is empty would select every pod of the namespace.
  .refine(
    ({ matchLabels = {}, matchExpressions = [] }) =>
      Object.keys(matchLabels).length + matchExpressions.length > 0,
    {
      message: needsSelection,
      path: ['matchLabels'],
    },
  )
  .meta(
    rules({
      rule: 'has(self.matchLabels) || (has(self.matchExpressions) && self.matchExpressions.size() > 0)',
      message: needsSelection,
    }),
  );

export type PodSelector = z.output<typeof selectorSchema>;
export type LabelExpression = NonNullable<PodSelector['matchExpressions']>[number];
