import fc from 'fast-check';
import assert from 'node:assert/strict';
import { compileFilterParts, type FilterParts } from '../support/filter-parts.ts';

describe('redaction of JSON, as wasm', function () {
  let parts: FilterParts;

  before(async function () {
    this.timeout(120_000);
    parts = await compileFilterParts();
  });

  /** What is left of the text; nothing when it is malformed. */
  function redactedIn(name: string, json: string | Uint8Array): string | undefined {
    const head = Buffer.from(name);
    const result = parts.call('redactsJson', Buffer.concat([head, Buffer.from(json)]), head.length);
    assert.notEqual(result, -1);
    return result === 1 ? parts.output().toString() : undefined;
  }

  function redactJson(name: string, json: string): string {
    const redacted = redactedIn(name, json);
    assert.ok(redacted !== undefined, `malformed: ${json}`);
    return redacted;
  }

  const memberAndMore = fc.record({ before: fc.json(), after: fc.json() }).map(({ before, after }) => ({
    before: `[${before},{"a":"b","password":`,
    secret: '"s3cret"',
    after: `,"c":"d"},${after}]`,
  }));

  it('replaces the values of a member wherever it stands, and nothing else', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const withSecret = fc.letrec<{ node: unknown }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        value,
        fc.array(tie('node'), { maxLength: 3 }),
        fc.record({ password: value, other: tie('node') }),
      ),
    })).node;
    const redacted = (node: unknown): unknown => {
      if (Array.isArray(node)) return node.map(redacted);
      if (typeof node !== 'object' || node === null) return node;
      return Object.fromEntries(
        Object.entries(node).map(([key, inside]) => [
          key,
          key.toLowerCase() === 'password' ? '[redacted]' : redacted(inside),
        ]),
      );
    };
    fc.assert(
      fc.property(withSecret, fc.constantFrom(0, 2), (node, indent) => {
        const json = JSON.stringify(node, null, indent);
        assert.deepEqual(JSON.parse(redactJson('password', json)), redacted(JSON.parse(json)));
      }),
      { numRuns: 1000 },
    );
  });

  it('finds a name behind escapes, and in JSON that was cut', () => {
    assert.equal(redactJson('password', '{"p\\u0061ssword":"s"}'), '{"p\\u0061ssword":"[redacted]"}');
    assert.equal(redactJson('password', '{"PassWord":"s'), '{"PassWord":"[redacted]"');
    assert.equal(redactJson('password', '{"password":{"a":"b'), '{"password":"[redacted]"');
    assert.equal(redactJson('password', '["password","s"]'), '["password","s"]');
  });

  it('finds a name that is not ASCII, with escapes or without', () => {
    for (const name of ['contrase\u00f1a', 'contraseña', '\ud83d\udd11contraseña', 'a\/\u0062']) {
      const wanted = JSON.parse(`"${name}"`) as string;
      assert.equal(redactJson(wanted, `{"${name}":"s"}`), `{"${name}":"[redacted]"}`);
    }
    // What is not an escape may stand for anything.
    assert.equal(redactJson('password', '{"\\pass":"s"}'), '{"\\pass":"[redacted]"}');
  });

  it('redacts JSON that is cut anywhere', () => {
    fc.assert(
      fc.property(memberAndMore, fc.nat(), ({ before, secret, after }, cut) => {
        const text = before + secret + after;
        const redacted = redactJson('password', text.slice(0, cut % (text.length + 1)));
        assert.doesNotMatch(redacted, /"password":"s/);
      }),
      { numRuns: 1000 },
    );
  });

  it('passes a byte-order mark, several texts in a row, and numbers that JSON has not', () => {
    for (const text of [
      '\ufeff{"password":',
      '{"a":1}\n{"password":',
      '\u001e[]\n\u001e{"password":',
      '[NaN,-Infinity,{"password":',
    ])
      assert.equal(redactJson('password', `${text}"s"}`), `${text}"[redacted]"}`);
  });

  it('takes what is not JSON for malformed', () => {
    const texts = [
      `{"a":"x"y","password":"s"}`,
      `{"a":"x"e","password":"s"}`,
      `{"a":"x"1","password":"s"}`,
      `{"password"/* c */:"s"}`,
      `{'password':"s"}`,
      `{password:"s"}`,
      `{"a":"password":"s"}`,
      `{"password":,"s"}`,
      `{"password":"s" "s"}`,
      `{"a":1,ñ:2}`,
      Buffer.from('{"password":"s"}', 'utf16le'),
      Buffer.from('{"password":"s"}', 'utf16le').swap16(),
      Buffer.from('\ufeff{"password":"s"}', 'utf16le'),
    ];
    for (const text of texts) assert.equal(redactedIn('password', text), undefined, text.toString());
  });

  it('takes a value without quotes up to the next sign of JSON or the end of the line', () => {
    assert.equal(
      redactJson('password', `{"password": 'my s' , "b":1}`),
      '{"password": "[redacted]" , "b":1}',
    );
    assert.equal(redactJson('password', `{"password": my s\r\n}`), '{"password": "[redacted]"\r\n}');
  });

  it('lets no secret out by a byte too many, wherever it stands', () => {
    const extra = fc.constantFrom(...`"'\\/{}[],: x1e\n\0ñ`);
    const behindName = '"password"'.length;
    fc.assert(
      fc.property(memberAndMore, fc.nat(), extra, ({ before, secret, after }, place, inserted) => {
        const text = before + secret + after;
        const nameEnd = before.length - 1;
        const at = place % text.length;
        // A byte within the name makes another name of it.
        fc.pre(at <= nameEnd - behindName || at >= nameEnd);
        const redacted = redactedIn('password', text.slice(0, at) + inserted + text.slice(at)) ?? '';
        assert.ok(!redacted.includes('s3cret'), redacted);
      }),
      { numRuns: 3000 },
    );
  });
});
