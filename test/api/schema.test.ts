import assert from 'node:assert/strict';
import fc from 'fast-check';
import { structuralSchema, type StructuralSchema } from '../../hack/generate/structural-schema.ts';
import { specSchema } from '../../operator/api/schema.ts';
import { statusSchema } from '../../operator/api/status-schema.ts';

const schema = structuralSchema(specSchema);

/** Values that the structural schema allows. Rules in CEL are the API server's to check. */
function valuesOf(part: StructuralSchema): fc.Arbitrary<unknown> {
  if (part.enum) return fc.constantFrom(...part.enum);
  switch (part.type ?? 'object') {
    case 'boolean':
      return fc.boolean();
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

/** What the API server takes by the structural schema and by the rule that the parser has too. */
const specs = (valuesOf(schema) as fc.Arbitrary<{ filter?: { url?: string; digest?: string } }>).filter(
  ({ filter: { url = '', digest } = {} }) => !url.startsWith('http://') || digest !== undefined,
);

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
