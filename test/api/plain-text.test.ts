import assert from 'node:assert/strict';
import fc from 'fast-check';
import { messageOf } from '../../operator/api/errors.ts';
import { plainStatus, plainText } from '../../operator/api/plain-text.ts';

describe('plain text', () => {
  it('has no control or invisible character but the line end, is valid UTF-8 and not too long, whatever it is made of', () => {
    const text = fc.string({ unit: 'binary', maxLength: 200 });
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 300 }), (input, bytesMax) => {
        const plain = plainText(input, bytesMax);
        assert.ok(Buffer.byteLength(plain) <= bytesMax);
        assert.ok(plain.isWellFormed());
        assert.doesNotMatch(plain, /(?!\n)[\p{Cc}\p{Cf}]/u);
        assert.equal(plainText(plain, bytesMax), plain, 'it changes again');
      }),
    );
  });

  it('leaves text as it is that is plain already', () => {
    const text = 'pod cart-0: «größer» ≥ 3\nsecond line';
    assert.equal(plainText(text), text);
  });

  it('is cut between characters, and says so', () => {
    assert.equal(plainText('ééééé', 8), 'éé…');
    assert.equal(plainText('x'.repeat(10_000_000)).length, 4094);
  });

  it('takes the escape sequences out that rewrite a terminal', () => {
    assert.equal(plainText('a\u001b[2Jb\u009b31mc\rd\u202ee'), 'a [2Jb 31mc\nde');
  });

  it('is what an error of any kind says', () => {
    assert.equal(messageOf(new Error('no\u001b[2J')), 'no [2J');
    assert.ok(Buffer.byteLength(messageOf('é'.repeat(100_000))) <= 4096);
  });

  it('is every text of a status, however deep it stands', () => {
    const status = {
      conditions: [{ message: 'a\u001bb' }],
      rollout: { message: 'é'.repeat(100_000) },
      count: 3,
    };
    const plain = plainStatus(status);
    assert.equal(plain.conditions[0]?.message, 'a b');
    assert.ok(Buffer.byteLength(plain.rollout.message) <= 4096);
    assert.equal(plain.count, 3);
  });
});
