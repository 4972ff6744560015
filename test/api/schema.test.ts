import assert from 'node:assert/strict';
import fc from 'fast-check';
import { structuralSchema, type StructuralSchema } from '../../hack/generate/structural-schema.ts';
import { specSchema } from '../../operator/api/schema.ts';
import { statusSchema } from '../../operator/api/status-schema.ts';

const schema = structuralSchema(specSchema);

/** Values that the structural schema allows. Rules in CEL are the API server's to check. */
function valuesOf(part: StructuralSchema): fc.Arbitrary<unknown> {
  if (part.enum) return fc.constantFrom(...part.enum);
  if (part['x-kubernetes-int-or-string'])
    return fc.oneof(valuesOf(partOf(part, 'integer')), valuesOf(partOf(part, 'string')));
  switch (part.type ?? 'object') {
    case 'boolean':
      return fc.boolean();
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true });
    case 'integer':
      return fc.integer({ min: part.minimum ?? -1000, max: part.maximum ?? 1000 });
    case 'string': {
      const text = part.pattern
        ? fc.stringMatching(new RegExp(part.pattern))
        : fc.string({ minLength: 1, maxLength: 40 });
      return text.filter(({ length }) => length <= (part.maxLength ?? Infinity));
    }
    case 'array':
      return fc.array(valuesOf(part.items ?? {}), {
        minLength: 1,
        maxLength: Math.min(4, part.maxItems ?? 4),
      });
    default:
      return objectsOf(part);
  }
}

function partOf(part: StructuralSchema, type: string): StructuralSchema {
  return { ...part, type, 'x-kubernetes-int-or-string': false };
}

interface RandomSpec {
  readonly selector: { readonly matchLabels?: object; readonly matchExpressions?: readonly object[] };
  readonly filter?: { readonly url?: string; readonly digest?: string };
  readonly rollout?: { readonly windows?: readonly object[] };
}

/** What the API server takes by the structural schema, and by the rules that the parser has too. */
const specs = (valuesOf(schema) as fc.Arbitrary<RandomSpec>)
  .filter(
    ({ selector: { matchLabels, matchExpressions } }) => (matchLabels ?? matchExpressions) !== undefined,
  )
  .filter(({ filter: { url = '', digest } = {} }) => !url.startsWith('http://') || digest !== undefined)
  .map(({ rollout, ...spec }) =>
    rollout === undefined ? spec : { ...spec, rollout: withTimeZones(rollout) },
  );

/** No schema has a list of all time zones. */
function withTimeZones({ windows = [], ...rollout }: NonNullable<RandomSpec['rollout']>) {
  return { ...rollout, windows: windows.map((window) => ({ ...window, timeZone: 'Europe/Zurich' })) };
}

function objectsOf(part: StructuralSchema): fc.Arbitrary<unknown> {
  if (part.additionalProperties)
    return fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), valuesOf(part.additionalProperties), {
      minKeys: 1,
    });
  const fields = Object.entries(part.properties ?? {}).map(
    ([name, field]) => [name, valuesOf(field)] as const,
  );
  return fc.record(Object.fromEntries(fields), { requiredKeys: [...(part.required ?? [])] });
}

function everyPart(part: StructuralSchema): StructuralSchema[] {
  const inner = [...Object.values(part.properties ?? {}), part.items, part.additionalProperties];
  return [part, ...inner.flatMap((field) => (field ? everyPart(field) : []))];
}

describe('schema', () => {
  it('lets the parser take whatever the API server takes', () => {
    fc.assert(
      fc.property(specs, (spec) => {
        assert.doesNotThrow(() => specSchema.parse(spec));
      }),
      { numRuns: 200 },
    );
  });

  it('names a time zone that does not exist', () => {
    const windows = [{ from: '09:00', to: '16:00', timeZone: 'Europe/Zuerich' }];
    const spec = { selector: { matchLabels: { app: 'a' } }, rollout: { windows } };
    assert.throws(() => specSchema.parse(spec), /must be a time zone of the IANA database/);
  });

  it('bounds every list and text of the spec, as rules in CEL are charged by the longest', () => {
    for (const part of everyPart(schema)) {
      if (part.type === 'array') assert.ok(part.maxItems, JSON.stringify(part));
      if (part.type === 'string' && !part.enum)
        assert.ok(part.maxLength ?? part.pattern, `${part.description}: neither length nor pattern`);
    }
  });

  it('describes every field of spec and status', () => {
    const parts = [schema, structuralSchema(statusSchema)].flatMap(everyPart);
    const undescribed = parts.flatMap(({ properties = {} }) =>
      Object.entries(properties).flatMap(([name, { description }]) => (description ? [] : [name])),
    );
    assert.deepEqual(undescribed, []);
  });

  it('has a status that a fresh object without any passes', () => {
    assert.deepEqual(statusSchema.parse({}), {});
  });
});
