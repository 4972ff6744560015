import assert from 'node:assert/strict';
import fc from 'fast-check';
import { byteCount, durationSeconds, ratio } from '../../operator/api/units.ts';

describe('units', () => {
  for (const [text, seconds] of Object.entries({
    '500ms': 0.5,
    '1s': 1,
    '1m30s': 90,
    '1.5h': 5400,
    '0s': 0,
  })) {
    it(`reads ${text} as ${seconds} seconds`, () => {
      assert.equal(durationSeconds(text), seconds);
    });
  }

  for (const [text, bytes] of Object.entries({ '0': 0, '1000': 1000, '256Ki': 262_144, '1Mi': 1_048_576 })) {
    it(`reads ${text} as ${bytes} bytes`, () => {
      assert.equal(byteCount(text), bytes);
    });
  }

  it('adds up the parts of any duration', () => {
    const part = fc.nat(999);
    fc.assert(
      fc.property(part, part, part, (hours, minutes, seconds) => {
        assert.equal(
          durationSeconds(`${hours}h${minutes}m${seconds}s`),
          hours * 3600 + minutes * 60 + seconds,
        );
      }),
    );
  });

  it('reads percent as a share of one', () => {
    assert.equal(ratio('100%'), 1);
    assert.equal(ratio('12.5%'), 0.125);
    assert.equal(ratio('0%'), 0);
  });

  it('writes the smallest share without a power of ten', () => {
    for (const percent of ['0.0001%', '0.0003%', '0.0007%'])
      assert.match(JSON.stringify(ratio(percent)), /^0\.00000[0-9]$/);
  });
});
