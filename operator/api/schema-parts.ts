import { z } from 'zod';
import { dnsSubdomainLengthMax, dnsSubdomainPattern } from './names.ts';

/** The parts of the schema of the spec. */

/** CEL rules of an object or field, by the key that Kubernetes reads them from. */
export function rules(...list: { rule: string; message: string; fieldPath?: string }[]) {
  return { 'x-kubernetes-validations': list };
}

/**
 * Text of a certain form. The CRD has it twice: as a pattern for programs, and as a rule whose message is for people.
 * @param form what the text must be, with an example.
 */
export function formed(pattern: RegExp, lengthMax: number, form: string) {
  const message = `must be ${form}`;
  return z
    .string()
    .regex(pattern, message)
    .max(lengthMax)
    .meta(rules({ rule: matching(pattern), message }));
}

/** The name of an object of a kind that Kubernetes names by DNS subdomains. */
export const objectName = formed(
  dnsSubdomainPattern,
  dnsSubdomainLengthMax,
  'the name of an object: lower case letters, digits, - and ., such as my-source',
);

/** A key in the data of a ConfigMap or Secret: neither . nor anything that begins with two dots. */
export const dataKey = formed(
  /^[.]?[A-Za-z0-9_-][A-Za-z0-9._-]*$/,
  dnsSubdomainLengthMax,
  'a key of letters, digits, -, _ and ., such as publicKey',
);

/** A host's name, in the form that certificates use. */
export const serverName = formed(
  /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/,
  dnsSubdomainLengthMax,
  "a server's name, such as backend.example.com",
);

function matching(pattern: RegExp): string {
  return `self.matches(r"${pattern.source}")`;
}

const durationPattern = /^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$/;

export function duration(atLeast: string, atMost: string) {
  return z
    .string()
    .regex(durationPattern)
    .max(32)
    .meta(
      rules({
        rule: `${matching(durationPattern)} && duration(self) >= duration('${atLeast}') && duration(self) <= duration('${atMost}')`,
        message: `must be a duration between ${atLeast} and ${atMost}, such as 500ms, 30s or 10m`,
      }),
    );
}

const byteCountPattern = /^[0-9]{1,9}(Ki|Mi)?$/;

export const byteCount = z
  .string()
  .regex(byteCountPattern)
  .max(11)
  // The filter keeps a body in memory for as long as the request lasts, and takes no larger limit.
  .meta(
    rules({
      rule: `${matching(byteCountPattern)} && quantity(self).compareTo(quantity('8Mi')) <= 0`,
      message: 'must be a number of bytes up to 8Mi, such as 1000, 256Ki or 1Mi',
    }),
  );

export const share = formed(
  /^(100(\.0{1,4})?|[0-9]{1,2}(\.[0-9]{1,4})?)%$/,
  9,
  'a share from 0% to 100%, such as 5% or 0.25%',
);

export const matchSchema = z
  .object({
    exact: z.string().min(1).max(1024).optional().describe('The complete value'),
    prefix: z.string().min(1).max(1024).optional().describe('What the value begins with'),
    glob: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('* matches anything but /, ** anything, ? one character'),
    regex: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe('RE2-like, matched against the complete value in linear time'),
  })
  .meta(
    rules({
      rule: '[has(self.exact), has(self.prefix), has(self.glob), has(self.regex)].filter(x, x).size() == 1',
      message: 'give exactly one of exact, prefix, glob and regex',
    }),
  );

export const labelKeyPattern =
  /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?[/])?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
export const labelValuePattern = /^([A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?)?$/;

const percentPattern = /^([1-9][0-9]?|100)%$/;
const countMax = 100_000;

/** A number of things, or a share of all of them: `3` or `25%`. */
export const countOrShare = z
  .union([z.int(), z.string()])
  .refine((value) =>
    typeof value === 'number' ? value >= 1 && value <= countMax : percentPattern.test(value),
  )
  .meta({
    // Bounds of numbers do not concern texts, and the other way round.
    'x-kubernetes-int-or-string': true,
    minimum: 1,
    maximum: countMax,
    pattern: percentPattern.source,
    maxLength: 4,
    ...rules({
      rule: `type(self) == int ? self >= 1 : ${matching(percentPattern)}`,
      message: 'must be a number of at least 1, or a share from 1% to 100%, such as 10%',
    }),
  });
