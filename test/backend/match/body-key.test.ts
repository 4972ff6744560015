import assert from 'node:assert/strict';
import { createBackend, type Backend } from '../../../operator/backend/server.ts';
import { bodyOf, lookup, save, type RequestSpan } from '../../support/backend-client.ts';

const noBody: RequestSpan = { more: [{ key: 'http.request.body.size', value: { intValue: 0 } }] };
const open: RequestSpan = {};
const empty: RequestSpan = { requestBody: '' };
const full: RequestSpan = { requestBody: 'alice' };

describe('a request body as a part of the key', () => {
  let backend: Backend;
  beforeEach(async () => {
    backend = await createBackend({ data: ':memory:' });
  });
  afterEach(() => backend[Symbol.asyncDispose]());

  const answers = async (method: string, recorded: RequestSpan, requested: RequestSpan) => {
    await save(backend, { method, ...recorded, responseBody: 'recorded' });
    return bodyOf(await lookup(backend, { method, ...requested })) === 'recorded';
  };

  const table: readonly [
    title: string,
    method: string,
    recorded: RequestSpan,
    requested: RequestSpan,
    expected: boolean,
  ][] = [
    ['a POST without body by the recording of one without body', 'POST', noBody, noBody, true],
    ['a POST with an empty body by the recording of one without body', 'POST', noBody, empty, true],
    ['a POST without body by the recording of a body', 'POST', full, noBody, false],
    ['a POST with a body by the recording of one without body', 'POST', noBody, full, false],
    ['a POST that was looked up by headers alone by the recording of a body', 'POST', full, open, false],
    [
      'a POST that was looked up by headers alone by the recording of one without body',
      'POST',
      noBody,
      open,
      false,
    ],
    ['a POST of an agent that never reports bodies by its own recording', 'POST', open, open, true],
    [
      'a GET of an agent that does not report bodies by the recording of one without body',
      'GET',
      noBody,
      open,
      true,
    ],
    [
      'a GET without body by the recording of an agent that does not report bodies',
      'GET',
      open,
      noBody,
      true,
    ],
    ['a GET without body by the recording of a GET with one', 'GET', full, noBody, false],
  ];
  for (const [title, method, recorded, requested, expected] of table) {
    it(`${expected ? 'answers' : 'does not answer'} ${title}`, async () => {
      assert.equal(await answers(method, recorded, requested), expected);
    });
  }

  it('does not answer a lookup of which a part of the body is missing', async () => {
    const cut = {
      requestBody: 'ali',
      more: [{ key: 'http.request.body.truncated', value: { boolValue: true } }],
    };
    assert.equal(await answers('POST', { requestBody: 'ali' }, cut), false);
  });

  const form = (boundary: string, quantity: string): RequestSpan => ({
    requestHeaders: [['content-type', `multipart/form-data; boundary="${boundary}"`]],
    requestBody: [
      `--${boundary}`,
      'content-disposition: form-data; name="quantity"',
      '',
      quantity,
      `--${boundary}--`,
      '',
    ].join('\r\n'),
  });

  it('leaves the boundary of a multipart body out of the comparison', async () => {
    assert.equal(await answers('POST', form('----x1', '2'), form('----y2', '2')), true);
  });

  it('compares the parts of a multipart body', async () => {
    assert.equal(await answers('POST', form('----x1', '2'), form('----y2', '3')), false);
  });
});
