import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { isSameJson } from '../../operator/api/same-json.ts';

describe('isSameJson', () => {
  it('compares as a round trip through JSON does', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, 0, 1, '', 'a'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b', '__proto__'), fc.option(tie('any'), { nil: undefined })),
      ),
    })).any;
    const trip = (input: unknown): unknown => JSON.parse(JSON.stringify(input));
    fc.assert(
      fc.property(value, value, (a, b) => {
        assert.equal(isSameJson(a, b), isDeepStrictEqual(trip(a), trip(b)));
        assert.ok(isSameJson(a, trip(a)));
      }),
      { numRuns: 500 },
    );
  });

  it('takes a member that is undefined for one that is not there', () => {
    assert.ok(isSameJson({ a: undefined, b: 1 }, { b: 1, c: undefined }));
    assert.ok(!isSameJson({ a: undefined, b: 1 }, { b: 1, c: 2 }));
    assert.ok(!isSameJson({ a: undefined }, { a: null }));
    assert.ok(!isSameJson([], {}));
  });
});
