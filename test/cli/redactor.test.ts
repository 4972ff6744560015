import assert from 'node:assert/strict';
import { Redactor } from '../../operator/cli/support-bundle/redactor.ts';

describe('what a support bundle shows of objects', () => {
  it('is the fields that are known to hold no secret, and the form of the others', () => {
    const redactor = new Redactor();
    const agent = {
      kind: 'SpAgent',
      metadata: {
        name: 'checkout',
        labels: { team: 'shop-team' },
        annotations: { 'example.com/note': 'annotation-secret' },
      },
      spec: {
        mode: 'Replay',
        backend: {
          url: 'https://user:url-password@backend.example:8443/path-secret?key=query-secret',
          timeout: '1s',
        },
        capture: { redactHeaders: ['x-header-secret'], sample: '10%', maxRequestBody: '256Ki' },
        filter: { config: { greeting: 'config-secret', list: ['config-secret-2'] } },
        delivery: { env: [{ name: 'A', value: 'variable-secret' }] },
        unknownField: 'unknown-secret',
        replicas: 3,
      },
    };
    assert.deepEqual(redactor.object(agent), {
      kind: 'SpAgent',
      metadata: { name: 'checkout', labels: { team: 'shop-team' }, annotations: '[removed]' },
      spec: {
        mode: 'Replay',
        backend: { url: 'https://backend.example:8443/[removed]', timeout: '1s' },
        capture: { redactHeaders: ['[removed]'], sample: '10%', maxRequestBody: '256Ki' },
        filter: { config: '[removed]' },
        delivery: { env: '[removed]' },
        unknownField: '[removed]',
        replicas: 3,
      },
    });
    const quoting =
      'annotation-secret url-password path-secret query-secret x-header-secret config-secret config-secret-2 variable-secret unknown-secret';
    assert.equal(redactor.text(quoting), Array.from({ length: 9 }, () => '[removed]').join(' '));
  });

  it('keeps in a text what is shown elsewhere', () => {
    const redactor = new Redactor();
    redactor.forget([
      { name: 'APP', value: 'checkout' },
      { name: 'PASSWORD', value: 'correct-horse' },
    ]);
    redactor.object({ metadata: { name: 'checkout' } });
    assert.equal(redactor.text('checkout: correct-horse refused'), 'checkout: [removed] refused');
  });

  it('finds in a text what was removed and is written in another form there', () => {
    const redactor = new Redactor();
    redactor.forget('two words "quoted"');
    assert.equal(redactor.text('{"a":"two words \\"quoted\\""}'), '{"a":"[removed]"}');
    assert.equal(redactor.text('/x?y=two%20words%20%22quoted%22'), '/x?y=[removed]');
  });

  const credentials = [
    ['sent Bearer abc.def-ghi', 'sent Bearer [removed]'],
    ['https://me:pw@host.example/a', 'https://[removed]@host.example/a'],
    ['GET http://host.example/a?token=1 failed', 'GET http://host.example/a?[removed] failed'],
    ['{"apiKey":"k1","level":30}', '{"apiKey":"[removed]","level":30}'],
    ['password=hunter2 next', 'password=[removed] next'],
  ] as const;
  for (const [text, shown] of credentials) {
    it(`writes ${text} as ${shown}`, () => assert.equal(new Redactor().text(text), shown));
  }

  it('leaves no token behind the name of its header', () => {
    assert.ok(!new Redactor().text('authorization: Bearer abc.def-ghi').includes('abc.def-ghi'));
  });
});
