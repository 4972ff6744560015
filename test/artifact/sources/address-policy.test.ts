import assert from 'node:assert/strict';
import { createAddressPolicy } from '../../../operator/artifact/sources/address-policy.ts';

const addresses = {
  refused: [
    '127.0.0.1',
    '10.1.2.3',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:a00:1',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '192.88.99.1',
    '192.175.48.1',
    '240.0.0.1',
    '100:0:0:1::1',
    '2001:db8::1',
    '3fff::1',
    '3fff:fff::1',
    '5f00::1',
    '64:ff9b:1::7f00:1',
    '2620:4f:8000::1',
    'not an address',
  ],
  allowed: [
    '1.1.1.1',
    '172.32.0.1',
    '192.169.0.1',
    '223.255.255.255',
    '2606:4700::1111',
    '::ffff:1.1.1.1',
    '4000::1',
  ],
};

describe('address policy', () => {
  const isAllowed = createAddressPolicy({ allowPrivate: false });
  for (const address of addresses.refused) {
    it(`refuses ${address}`, () => assert.equal(isAllowed(address), false));
  }
  for (const address of addresses.allowed) {
    it(`allows ${address}`, () => assert.equal(isAllowed(address), true));
  }

  it('allows the configured networks, and no other', () => {
    const isAllowedHere = createAddressPolicy({ allowPrivate: ['10.96.0.0/12', 'fd00::/8'] });
    assert.deepEqual(['10.97.0.1', 'fd00::1', '10.0.0.1', '127.0.0.1'].map(isAllowedHere), [
      true,
      true,
      false,
      false,
    ]);
  });

  it('allows everything on request', () =>
    assert.ok(createAddressPolicy({ allowPrivate: true })('127.0.0.1')));

  it('refuses what is denied, whatever is allowed, and in whatever form it comes', () => {
    const isAllowedHere = createAddressPolicy({ allowPrivate: true, denied: ['10.96.0.0/12', 'fd00::/8'] });
    const denied = [
      '10.96.0.1',
      '10.111.255.255',
      'fd00::1',
      '::ffff:10.96.0.1',
      '::ffff:a60:1',
      '::10.96.0.1',
      '64:ff9b::10.96.0.1',
      '64:ff9b:1::a60:1',
      '2002:a60:1::',
    ];
    assert.deepEqual(denied.filter(isAllowedHere), []);
    const others = ['10.95.0.1', '127.0.0.1', '::1', '64:ff9b::10.95.0.1', '2002:a5f:1::'];
    assert.deepEqual(others.filter(isAllowedHere), others);
  });

  it('names a network that is not valid', () => {
    for (const network of ['10.0.0.0', '10.0.0.0/33', 'x/8', '10.0.0.0/']) {
      assert.throws(() => createAddressPolicy({ allowPrivate: [network] }), {
        message: new RegExp(`^"${network}" is not a network`),
      });
    }
  });
});
