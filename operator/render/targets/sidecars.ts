import type { RevisionData } from '../../api/revision.ts';
import type { LabelExpression, PodSelector } from '../../api/selector-schema.ts';

/** Sidecars are selected by the labels of their pods. */

type Labels = Readonly<Record<string, string>>;

/** Whether a pod with these labels gets the filter, as Kubernetes itself evaluates a label selector. */
export function selectsPod(
  { matchLabels = {}, matchExpressions = [] }: PodSelector,
  labels: Labels,
): boolean {
  return (
    Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
    matchExpressions.every((expression) => holds(expression, labels))
  );
}

function holds({ key, operator, values = [] }: LabelExpression, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
  }
}

/** As the API server and `kubectl -l` read it: `app=checkout,tier in (a,b),!canary`. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: PodSelector): string {
  return [
    ...Object.entries(matchLabels).map((pair) => pair.join('=')),
    ...matchExpressions.map(expressionText),
  ].join(',');
}

function expressionText({ key, operator, values = [] }: LabelExpression): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}

/** The selector as a revision keeps it. Absent where there are none, expressions change no digest of an older revision. */
export function selectorData({
  matchLabels = {},
  matchExpressions = [],
}: PodSelector): Pick<RevisionData, 'matchLabels' | 'matchExpressions'> {
  return { matchLabels, ...(matchExpressions.length === 0 ? {} : { matchExpressions }) };
}
