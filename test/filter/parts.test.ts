import fc from 'fast-check';
import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { compileFilterParts, type FilterParts } from '../support/filter-parts.ts';

const broken = 2;

describe('parts of the filter, as wasm', function () {
  let parts: FilterParts;

  before(async function () {
    this.timeout(120_000);
    parts = await compileFilterParts();
  });

  describe('protobuf', () => {
    it('reads every field that it is given', () => {
      assert.equal(parts.call('readsMessage', Buffer.from('089601' + '1203616263' + '1d04030201', 'hex')), 0);
      const fields = parts.output();
      assert.equal(fields.length, 3 * 24);
      assert.deepEqual([fields.readUInt32LE(0), fields.readBigUInt64LE(8)], [1, 150n]);
      assert.deepEqual(
        [fields.readUInt32LE(24), fields.readUInt32LE(40), fields.readUInt32LE(44)],
        [2, 5, 3],
      );
      assert.deepEqual([fields.readUInt32LE(48), fields.readBigUInt64LE(56)], [3, 0x01020304n]);
    });

    it('passes groups, however deep', () => {
      const deep = Buffer.concat([
        Buffer.alloc(10_000, 0x0b),
        Buffer.alloc(10_000, 0x0c),
        Buffer.from([8, 1]),
      ]);
      assert.equal(parts.call('readsMessage', deep), 0);
      assert.equal(parts.output().length, 24);
    });

    it('refuses what is cut, over-long or of a wire type that does not exist', () => {
      for (const hex of [
        '08',
        '0880',
        '0a05',
        '0a8080808080808080808001',
        '0f00',
        '0000',
        '0b',
        '0c',
        '09ff',
        '0d',
      ]) {
        assert.equal(parts.call('readsMessage', Buffer.from(hex, 'hex')), broken, hex);
      }
    });

    it('never gives a field that lies outside of the message', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
          parts.call('readsMessage', bytes);
          const fields = parts.output();
          for (let at = 0; at < fields.length; at += 24) {
            if (fields.readUInt32LE(at + 4) !== 2) continue;
            assert.ok(fields.readUInt32LE(at + 16) + fields.readUInt32LE(at + 20) <= bytes.length);
          }
        }),
        { numRuns: 2000 },
      );
    });

    it('writes varints that it reads', () => {
      fc.assert(
        fc.property(fc.nat(0x7fffffff), (value) => {
          parts.call('writesVarint', '', value);
          const message = Buffer.concat([Buffer.from([8]), parts.output()]);
          assert.equal(parts.call('readsMessage', message), 0);
          assert.equal(parts.output().readBigUInt64LE(8), BigInt(value));
        }),
      );
    });
  });

  describe('W3C trace context', () => {
    const valid = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

    function propagate(traceparent: string, tracestate = ''): { parent: string; members: string[] } {
      parts.call('propagates', traceparent + tracestate, traceparent.length);
      const line = parts.output().toString();
      return { parent: line.slice(0, 55), members: line.slice(55).split(',') };
    }

    it('continues a valid trace with a span id of its own and the flags as they are', () => {
      const { parent } = propagate(valid);
      assert.match(parent, /^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/);
      assert.notEqual(parent.slice(36, 52), 'b7ad6b7169203331');
      assert.equal(propagate(valid.replace(/01$/, '00')).parent.slice(-2), '00');
    });

    it('takes a later version, with more behind it', () => {
      const { parent } = propagate(`cc${valid.slice(2)}-what-comes-later`);
      assert.ok(parent.startsWith('00-0af7651916cd43dd8448eb211c80319c-'), parent);
    });

    it('starts a trace where the header is not valid', () => {
      for (const header of [
        '',
        valid.toUpperCase(),
        `ff${valid.slice(2)}`,
        `${valid}-more`,
        `cc${valid.slice(2)}.more`,
        valid.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32)),
        valid.replace('b7ad6b7169203331', '0'.repeat(16)),
        valid.slice(0, -1),
        valid.replace('-b', '_b'),
        `é${valid.slice(2)}`,
        valid.replace('0af7', '0ag7'),
      ]) {
        const { parent } = propagate(header);
        assert.match(parent, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-00$/);
        assert.ok(!parent.includes('0af7651916cd43dd8448eb211c80319c'), header);
      }
    });

    it('puts its own member first, keeps foreign ones and at most 32 in all', () => {
      const foreign = Array.from({ length: 33 }, (_, index) => `v${index}=${index}`);
      const { parent, members } = propagate(valid, `x-sp-traceparent=old, ${foreign.join(' , ')},,`);
      assert.deepEqual(members, [`x-sp-traceparent=${parent}`, ...foreign.slice(0, 31)]);
    });

    it('finds the session id among the members', () => {
      const find = (tracestate: string) => {
        parts.call('findsSession', tracestate);
        return parts.output().toString();
      };
      assert.equal(find('vendor=1, x-sp-session-id=abc ,other=2'), 'abc');
      assert.equal(find('vendor=x-sp-session-id=abc'), '');
      assert.equal(find(''), '');
    });
  });

  describe('JSON', () => {
    it('reads each string as JavaScript does', () => {
      const half = fc.constantFrom('\ud800', '\udc00');
      const text = fc.oneof(
        fc.string({ unit: 'binary' }).filter((all) => all.isWellFormed()),
        fc.tuple(fc.string(), half, fc.string()).map((all) => all.join('')),
      );
      const escaped = (all: string) =>
        `"${[...all]
          .map(
            (one) =>
              [...one].length &&
              one
                .split('')
                .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
                .join(''),
          )
          .join('')}"`;
      fc.assert(
        fc.property(text, fc.boolean(), (value, escapesAll) => {
          const json = escapesAll ? escaped(value) : JSON.stringify(value);
          const isRead = parts.call('readsString', json) === 1;
          // A lone half of a pair has no UTF-8.
          assert.equal(isRead, value.isWellFormed(), json);
          if (isRead) assert.equal(parts.output().toString(), value);
        }),
        { numRuns: 1000 },
      );
    });

    it('refuses what is no string, with the byte where it goes wrong', () => {
      for (const text of [
        '"a',
        '"a\nb"',
        '"\\x"',
        '"\\u12"',
        '"\\u12g4"',
        '"a" b',
        Buffer.from([34, 0xff, 34]),
      ]) {
        assert.equal(parts.call('readsString', text), 0, String(text));
        assert.match(parts.output().toString(), /^configuration: not JSON at byte \d+$/);
      }
    });

    it('passes over any value, and not over an end that is not there', () => {
      fc.assert(fc.property(fc.json(), (text) => parts.call('skipsValue', text) === 1));
      assert.equal(parts.call('skipsValue', '['.repeat(100_000) + ']'.repeat(100_000)), 1);
      for (const text of ['', '[', '{"a":', ']', '"a']) assert.equal(parts.call('skipsValue', text), 0, text);
    });
  });

  describe('redaction', () => {
    it('replaces the values of query parameters', () => {
      const redact = (name: string, path: string) => {
        parts.call('redactsParameters', name + path, name.length, path.indexOf('?') + 1);
        return parts.output().toString();
      };
      assert.equal(redact('token', '/a?token=s&x=1&token=t'), '/a?token=[redacted]&x=1&token=[redacted]');
      assert.equal(redact('token', '/a?%74oken=s&TOKEN=t'), '/a?%74oken=[redacted]&TOKEN=[redacted]');
      assert.equal(redact('token', '/a?token&tokens=1&xtoken=2'), '/a?token&tokens=1&xtoken=2');
      assert.equal(redact('token', '/a?%zztoken=1&='), '/a?%zztoken=1&=');
    });

    it('lets a secret of a query run to the next &, and finds names behind every sign', () => {
      const redact = (query: string) => {
        parts.call('redactsParameters', `token?${query}`, 5, 1);
        return parts.output().toString().slice(1);
      };
      assert.equal(redact('token=s;rest#rest?rest=r&b=1'), 'token=[redacted]&b=1');
      assert.equal(redact('a=1;token=s#rest&b=1'), 'a=1;token=[redacted]&b=1');
      assert.equal(redact('a=1#token=s'), 'a=1#token=[redacted]');
      assert.equal(redact('next=/login?token=s&b=1'), 'next=/login?token=[redacted]&b=1');
    });
  });

  describe('encodings', () => {
    it('base64 is that of everybody else', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
          parts.call('encodesBase64', bytes);
          const encoded = parts.output().toString();
          assert.equal(encoded, Buffer.from(bytes).toString('base64'));
          assert.equal(parts.call('decodesBase64', encoded), 1);
          assert.deepEqual(parts.output(), Buffer.from(bytes));
        }),
      );
      for (const text of ['a', 'ab', 'abc', 'a===', '====', 'ab c', 'ab-_', 'a=bc']) {
        assert.equal(parts.call('decodesBase64', text), 0, text);
      }
    });

    it('UTF-8 is valid as far as it is valid', () => {
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 20 }),
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
        fc
          .array(fc.constantFrom(0x41, 0x80, 0xbf, 0xc2, 0xe0, 0xa0, 0xed, 0x9f, 0xf0, 0x90, 0xf4, 0x8f))
          .map((all) => Uint8Array.from(all)),
      );
      fc.assert(
        fc.property(bytes, (all) => {
          const length = parts.call('utf8Length', all);
          assert.equal(length === all.length, isUtf8(all));
          assert.ok(isUtf8(all.subarray(0, length)));
        }),
        { numRuns: 3000 },
      );
    });
  });
});
