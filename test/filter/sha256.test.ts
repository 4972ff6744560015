import assert from 'node:assert/strict';
import { hash, createHmac } from 'node:crypto';
import { compileFilterParts, type FilterParts } from '../support/filter-parts.ts';

describe('SHA-256 in the filter', function () {
  let parts: FilterParts;

  before(async function () {
    this.timeout(120_000);
    parts = await compileFilterParts();
  });

  function sha256(message: Buffer | string): string {
    parts.call('hashes', Buffer.from(message));
    return parts.output().toString('hex');
  }

  function hmac(key: Buffer, message: Buffer): string {
    parts.call('authenticates', Buffer.concat([key, message]), key.length);
    return parts.output().toString('hex');
  }

  const digests: [message: string, digest: string][] = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
  ];
  for (const [message, digest] of digests) {
    it(`agrees with the example of NIST for ${message.length} bytes`, () => {
      assert.equal(sha256(message), digest);
    });
  }

  // RFC 4231, section 4.
  const codes: [number: number, key: Buffer, message: Buffer, code: string][] = [
    [
      1,
      Buffer.alloc(20, 0x0b),
      Buffer.from('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      2,
      Buffer.from('Jefe'),
      Buffer.from('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      3,
      Buffer.alloc(20, 0xaa),
      Buffer.alloc(50, 0xdd),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      6,
      Buffer.alloc(131, 0xaa),
      Buffer.from('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ];
  for (const [number, key, message, code] of codes) {
    it(`agrees with test case ${number} of RFC 4231`, () => {
      assert.equal(hmac(key, message), code);
    });
  }

  it('agrees with Node.js for every length up to four blocks', () => {
    for (let size = 0; size <= 256; size++) {
      const message = Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 255));
      assert.equal(sha256(message), hash('sha256', message), `${size} bytes`);
      const key = message.subarray(0, size >> 1);
      assert.equal(
        hmac(key, message),
        createHmac('sha256', key).update(message).digest('hex'),
        `${size} bytes`,
      );
    }
  });
});
