/** Idioms that a reader has to decode, and the field's words for them; see docs/glossary.md. */
const banned: readonly (readonly [RegExp, string])[] = [
  [/\b(told|tells?|telling)\b/i, 'report, show, print, name, log'],
  [/\bsaid\b/i, 'reported, logged, sent'],
  [/\banew\b/i, 'again'],
  [/\bcondemn(s|ed|ing)?\b/i, 'mark as failed'],
  [/\bsick\b/i, 'unhealthy'],
  [/\bshall\b/i, 'must, should'],
  [/\bin vain\b/i, 'timed out, failed'],
  [/\b(go|goes|going|gone|went) on\b/i, 'continue, resume'],
  [/\bthat (is|are) none\b/i, 'that is not valid'],
  [/\bcannot be right\b/i, 'is not valid'],
  [/\b(has|have|had) not the\b/i, 'does not have the, lacks the'],
  [/\bmend(s|ed|ing)?\b/i, 'repair, fix'],
  [/\bowe[sd]?\b/i, 'must, pending'],
  [/\bfor want of\b/i, 'because there is no'],
  [/\bunder way\b/i, 'in progress'],
  [/\b(out|is|are|was|were|ours) whole\b/i, 'complete, completely'],
  [/\b(stand|stands|stood) in\b/i, 'is in, replaces'],
];

export interface BannedWord {
  /** From 1. */
  readonly line: number;
  readonly word: string;
  readonly instead: string;
}

export function bannedWords(text: string): BannedWord[] {
  return text.split('\n').flatMap((content, index) =>
    banned.flatMap(([pattern, instead]) => {
      const [word] = pattern.exec(content) ?? [];
      return word === undefined ? [] : [{ line: index + 1, word, instead }];
    }),
  );
}
