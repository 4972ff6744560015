import fc from 'fast-check';
import assert from 'node:assert/strict';
import { compileFilterParts, type FilterParts } from '../support/filter-parts.ts';

const exact = 0;
const prefix = 1;
const glob = 2;
const regex = 3;
const search = 4;

describe('rules of the filter, as wasm', function () {
  let parts: FilterParts;

  before(async function () {
    this.timeout(120_000);
    parts = await compileFilterParts();
  });

  function matches(kind: number, pattern: string, value: string | Uint8Array): boolean {
    const head = Buffer.from(pattern);
    const result = parts.call('matches', Buffer.concat([head, Buffer.from(value)]), kind, head.length);
    assert.notEqual(result, -1, `"${pattern}" is refused: ${parts.output().toString()}`);
    return result === 1;
  }

  function refusal(pattern: string): [what: string, at: number] {
    const head = Buffer.from(pattern);
    assert.equal(parts.call('matches', head, regex, head.length), -1, `"${pattern}" is not refused`);
    return [parts.output().toString(), parts.call('problemPlace', '')];
  }

  it('match exactly, by prefix and by glob', () => {
    assert.equal(matches(exact, '/a', '/a'), true);
    assert.equal(matches(exact, '/a', '/a/'), false);
    assert.equal(matches(prefix, '/a', '/ab'), true);
    assert.equal(matches(prefix, '/ab', '/a'), false);
    assert.equal(matches(glob, '/a/*/c', '/a/b/c'), true);
    assert.equal(matches(glob, '/a/*', '/a/b/c'), false);
    assert.equal(matches(glob, '/a/**', '/a/b/c'), true);
    assert.equal(matches(glob, '/a?c', '/abc'), true);
    assert.equal(matches(glob, '/a?c', '/a/c'), false);
    assert.equal(matches(glob, '/a.c', '/abc'), false);
  });

  it('match all of the value by regular expression, a part of it by search', () => {
    assert.equal(matches(regex, 'b+', 'abbc'), false);
    assert.equal(matches(search, 'b+', 'abbc'), true);
    assert.equal(matches(search, '^b', 'abbc'), false);
    assert.equal(matches(regex, '(?i)/ORDERS/[0-9]{3,}', '/orders/4711'), true);
  });

  it('agree with JavaScript on every expression of the common subset', () => {
    const atom = fc.constantFrom(
      'a',
      'b',
      '/',
      '.',
      '[ab]',
      '[^a]',
      '\\d',
      '\\w',
      '\\.',
      '1',
      '[a-c1]',
      '(?:)',
    );
    const suffix = fc.constantFrom('', '', '', '*', '+', '?', '{2}', '{1,3}', '{0,2}', '{2,}', '*?', '+?');
    const expression = (depth: number): fc.Arbitrary<string> => {
      const inside =
        depth === 0
          ? atom
          : fc.oneof(
              atom,
              expression(depth - 1).map((group) => `(${group})`),
            );
      const piece = fc.tuple(inside, suffix).map((both) => both.join(''));
      const sequence = fc.array(piece, { maxLength: 3 }).map((all) => all.join(''));
      return fc.array(sequence, { minLength: 1, maxLength: 3 }).map((all) => all.join('|'));
    };
    const value = fc.string({ unit: fc.constantFrom(...'ab/1.c'), maxLength: 6 });
    const anchor = fc.constantFrom('', '', '^', '$');
    fc.assert(
      fc.property(fc.tuple(anchor, expression(1), anchor), value, (written, text) => {
        const pattern = written.join('');
        assert.equal(matches(regex, pattern, text), new RegExp(`^(?:${pattern})$`, 's').test(text));
        assert.equal(matches(search, pattern, text), new RegExp(pattern, 's').test(text));
      }),
      { numRuns: 1000 },
    );
  });

  it('take time in proportion to the value', () => {
    // A backtracking engine would be busy for longer than the universe is old.
    assert.equal(matches(regex, '(a+)+$', `${'a'.repeat(30_000)}b`), false);
    assert.equal(matches(regex, '(a|a)*(a|a)*b', 'a'.repeat(30_000)), false);
  });

  it('are refused with what is wrong and where', () => {
    assert.deepEqual(refusal('a(b'), ['missing )', 3]);
    assert.deepEqual(refusal('ab)c'), ['unexpected )', 2]);
    assert.deepEqual(refusal('*a'), ['nothing to repeat', 0]);
    assert.match(refusal('a(?=b)')[0], /unsupported group/);
    assert.match(refusal('a{2,1}')[0], /bad repetition/);
    assert.match(refusal('a{1001}')[0], /bad repetition/);
    assert.match(refusal('((a{100}){100}){100}')[0], /too large/);
    assert.match(refusal('('.repeat(200) + ')'.repeat(200))[0], /deeper/);
    for (const pattern of ['[a', 'a\\', '[b-a]', '\\p{L}', '(?P<n>a)', '\\1']) refusal(pattern);
  });
});
