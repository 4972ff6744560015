import assert from 'node:assert/strict';
import { hash, sign } from 'node:crypto';
import { AgentError } from '../../../operator/api/errors.ts';
import { checkSignatures } from '../../../operator/artifact/signatures/check-signatures.ts';
import { parseSignaturePolicy } from '../../../operator/artifact/signatures/parse-policy.ts';
import type { Signers } from '../../../operator/api/signers-schema.ts';
import { registryOf, type Answers } from '../../support/answering-registry.ts';
import {
  bundleOf,
  keylessAnnotations,
  keyPair,
  keySigner,
  simpleSigningPayload,
  startSigstore,
  type Sigstore,
} from '../../support/signing.ts';

const manifest = Buffer.from('{"the":"manifest"}');
const other = Buffer.from('{"another":"manifest"}');
const hex = hash('sha256', manifest);
const owner = keyPair();
const stranger = keyPair();
const owned: Signers = { keys: [owner.publicKey] };
const bundleType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const imageType = 'application/vnd.oci.image.manifest.v1+json';

const digestOf = (content: string | Uint8Array) => `sha256:${hash('sha256', content)}`;

/** Of a registry whose image has these bundles, listed where that kind of registry lists them. */
function withBundles(
  bundles: readonly string[],
  list = `/referrers/sha256:${hex}`,
  artifactType = bundleType,
): Answers {
  const manifests = bundles.map((bundle) =>
    JSON.stringify({ layers: [{ mediaType: bundleType, digest: digestOf(bundle), size: bundle.length }] }),
  );
  const entries = manifests.map((text) => ({
    mediaType: imageType,
    artifactType,
    digest: digestOf(text),
    size: text.length,
  }));
  const bodies = [...bundles, ...manifests].map((body) => [digestOf(body), { body }]);
  return { [list]: { body: JSON.stringify({ manifests: entries }) }, ...Object.fromEntries(bodies) };
}

const bySignature = (signature: Buffer) => ({
  'dev.cosignproject.cosign/signature': signature.toString('base64'),
});

function withSimpleSigning(payload: Buffer, annotations: Record<string, string>): Answers {
  const layer = {
    mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json',
    digest: digestOf(payload),
    size: payload.length,
    annotations,
  };
  return {
    [`/manifests/sha256-${hex}.sig`]: { body: JSON.stringify({ layers: [layer] }) },
    [digestOf(payload)]: { body: payload },
  };
}

const check = (answers: Answers, signers: readonly Signers[] = [owned], root?: string) =>
  checkSignatures(registryOf(answers), manifest, {
    signers,
    trustedRoot:
      root === undefined
        ? undefined
        : parseSignaturePolicy(JSON.stringify({ trustedRoot: root })).trustedRoot,
  });

const refused = (message: RegExp, reason = 'SignatureInvalid') => ({ reason, message });

describe('signature by a key', () => {
  it('is accepted as a bundle that refers to the image, in both lists that registries have', async () => {
    const bundle = await bundleOf(manifest, keySigner(owner.privateKey));
    await check(withBundles([bundle]));
    const index = `/manifests/sha256-${hex}`;
    await check(withBundles([bundle], index));
    // What cosign 3 writes into the index where the registry has no list.
    await check(withBundles([bundle], index, 'application/vnd.oci.empty.v1+json'));
  });

  it('is accepted under the tag of cosign’s simple signing', async () => {
    const payload = simpleSigningPayload(manifest);
    await check(withSimpleSigning(payload, bySignature(sign('sha256', payload, owner.privateKey))));
  });

  it('is accepted beside others that are not', async () => {
    const bundles = [
      'no JSON',
      '{}',
      await bundleOf(manifest, keySigner(stranger.privateKey)),
      await bundleOf(manifest, keySigner(owner.privateKey)),
    ];
    await check(withBundles(bundles));
    await check(withBundles(bundles), [{ keys: [keyPair().publicKey, owner.publicKey] }]);
  });

  it('is refused if another key made it', async () => {
    const bundle = await bundleOf(manifest, keySigner(stranger.privateKey));
    await assert.rejects(check(withBundles([bundle])), refused(/none of the keys made it/));
    const payload = simpleSigningPayload(manifest);
    const simple = withSimpleSigning(payload, bySignature(sign('sha256', payload, stranger.privateKey)));
    await assert.rejects(check(simple), refused(/none of the keys made it/));
  });

  it('is refused if it is of another image', async () => {
    const bundle = await bundleOf(other, keySigner(owner.privateKey));
    await assert.rejects(check(withBundles([bundle])), refused(/it signs another image/));
    const payload = simpleSigningPayload(other);
    const simple = withSimpleSigning(payload, bySignature(sign('sha256', payload, owner.privateKey)));
    await assert.rejects(check(simple), refused(/it signs another image/));
  });

  it('is refused if it was changed', async () => {
    const bundle = JSON.parse(await bundleOf(other, keySigner(owner.privateKey))) as {
      dsseEnvelope: { payload: string };
    };
    const payload = Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString();
    bundle.dsseEnvelope.payload = Buffer.from(payload.replace(hash('sha256', other), hex)).toString('base64');
    await assert.rejects(check(withBundles([JSON.stringify(bundle)])), refused(/it was changed/));
  });

  it('is refused if it is an attestation about the image, which may say that it is bad', async () => {
    const predicateType = 'https://cosign.sigstore.dev/attestation/vuln/v1';
    const bundle = await bundleOf(manifest, keySigner(owner.privateKey), { predicateType });
    await assert.rejects(check(withBundles([bundle])), refused(/an attestation of type .*vuln/));
    const payload = simpleSigningPayload(manifest, 'atomic container signature');
    const simple = withSimpleSigning(payload, bySignature(sign('sha256', payload, owner.privateKey)));
    await assert.rejects(check(simple), refused(/of type atomic container signature/));
  });

  it('is asked of each list of signers', async () => {
    const bundle = await bundleOf(manifest, keySigner(owner.privateKey));
    const lists = [owned, { keys: [stranger.publicKey] }];
    await assert.rejects(check(withBundles([bundle]), lists), refused(/none of the keys made it/));
    const both = [bundle, await bundleOf(manifest, keySigner(stranger.privateKey))];
    await check(withBundles(both), lists);
  });

  it('is asked for with the command that makes it, where there is none', async () => {
    await assert.rejects(
      check({}),
      refused(
        /has no signature; sign it with cosign sign registry\.example\.com\/acme\/filter@sha256:/,
        'SignatureMissing',
      ),
    );
  });

  it('is not read if it is too long', async () => {
    const bundle = await bundleOf(manifest, keySigner(owner.privateKey));
    await assert.rejects(
      check(withBundles([bundle.padEnd(300_000)])),
      refused(/no signature/, 'SignatureMissing'),
    );
  });

  it('is looked for again after a registry that failed', async () => {
    await assert.rejects(
      check({ '/referrers/': { status: 503 } }),
      (error) => error instanceof AgentError && error.reason === 'FetchFailed' && error.retryable,
    );
  });

  it('cannot be checked with text that is not a key', async () => {
    const bundle = await bundleOf(manifest, keySigner(owner.privateKey));
    const keys = ['-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'];
    await assert.rejects(check(withBundles([bundle]), [{ keys }]), refused(/keys\[0\] is not a public key/));
  });
});

describe('keyless signature', () => {
  const issuer = 'https://issuer.example.com';
  const subject = 'https://github.com/acme/filters/release.yaml@refs/tags/v1';
  let sigstore: Sigstore;
  let bundle: string;

  before(async () => {
    sigstore = await startSigstore();
    const witnesses = [sigstore.witness];
    bundle = await bundleOf(manifest, sigstore.signer(issuer, subject), { witnesses });
  });
  after(() => sigstore[Symbol.asyncDispose]());

  const by = (identity: { issuer: string; subject: string }, root = sigstore.trustedRoot) =>
    check(withBundles([bundle]), [{ identities: [identity] }], root);

  it('is accepted by the identity of its certificate, exactly or by what it begins with', async () => {
    await by({ issuer, subject });
    await by({ issuer, subject: 'https://github.com/acme/filters/*' });
  });

  it('is refused if it is by another identity', async () => {
    const message = refused(/it is by https:\/\/github\.com\/acme.* of https:\/\/issuer\.example\.com/);
    await assert.rejects(by({ issuer, subject: `${subject}2` }), message);
    await assert.rejects(by({ issuer, subject: subject.replace('github.com', 'githubXcom') }), message);
    await assert.rejects(by({ issuer: 'https://other.example.com', subject }), message);
    await assert.rejects(check(withBundles([bundle])), refused(/keyless, and no identities are given/));
  });

  it('is refused if another authority issued its certificate', async () => {
    await using stranger = await startSigstore();
    await assert.rejects(
      by({ issuer, subject }, stranger.trustedRoot),
      refused(/certificate, log entry or signature is not valid/),
    );
  });

  it('is refused if no log has it', async () => {
    bundle = await bundleOf(manifest, sigstore.signer(issuer, subject));
    await assert.rejects(
      by({ issuer, subject }),
      refused(/certificate, log entry or signature is not valid/),
    );
  });

  describe('under the tag of cosign’s simple signing', () => {
    const payload = simpleSigningPayload(manifest);
    const identities = [{ issuer, subject }];
    const invalid = refused(/certificate, log entry or signature is not valid/);
    let annotations: Record<string, string>;
    before(async () => {
      annotations = await keylessAnnotations(payload, sigstore.signer(issuer, subject), sigstore.witness);
    });

    const byAnnotations = (changed: Record<string, string>, signers: Signers = { identities }) =>
      check(withSimpleSigning(payload, { ...annotations, ...changed }), [signers], sigstore.trustedRoot);
    const without = (name: string) =>
      Object.fromEntries(
        Object.entries(annotations).filter(([key]) => key !== `dev.sigstore.cosign/${name}`),
      );

    it('is accepted by the identity of its certificate', async () => {
      await byAnnotations({});
      await assert.rejects(
        byAnnotations({}, { identities: [{ issuer, subject: `${subject}2` }] }),
        refused(/it is by https:\/\/github\.com\/acme.* of https:\/\/issuer\.example\.com/),
      );
      await assert.rejects(byAnnotations({}, owned), refused(/keyless, and no identities are given/));
    });

    it('is refused if another authority issued its certificate, or if it has none', async () => {
      await using stranger = await startSigstore();
      const answers = withSimpleSigning(payload, annotations);
      await assert.rejects(check(answers, [{ identities }], stranger.trustedRoot), invalid);
      const keyed = withSimpleSigning(payload, without('certificate'));
      await assert.rejects(
        check(keyed, [{ identities }], sigstore.trustedRoot),
        refused(/by a key, and no keys are given/),
      );
    });

    it('is refused if no log has it, or has another signature or another time', async () => {
      const unlogged = withSimpleSigning(payload, without('bundle'));
      await assert.rejects(check(unlogged, [{ identities }], sigstore.trustedRoot), invalid);
      const later = await keylessAnnotations(payload, sigstore.signer(issuer, subject), sigstore.witness);
      const bundle = 'dev.sigstore.cosign/bundle';
      await assert.rejects(byAnnotations({ [bundle]: later[bundle] ?? '' }), invalid);
      const entry = JSON.parse(annotations[bundle] ?? '') as { Payload: { integratedTime: number } };
      entry.Payload.integratedTime += 1;
      await assert.rejects(byAnnotations({ [bundle]: JSON.stringify(entry) }), invalid);
    });

    it('is refused if it is of another payload', async () => {
      const other = Buffer.from(`${payload} `);
      const answers = withSimpleSigning(other, annotations);
      await assert.rejects(check(answers, [{ identities }], sigstore.trustedRoot), invalid);
    });

    it('is refused if its certificate or log entry cannot be read', async () => {
      for (const name of ['certificate', 'bundle'])
        await assert.rejects(
          byAnnotations({ [`dev.sigstore.cosign/${name}`]: '{}' }),
          refused(/it cannot be read/),
        );
    });
  });

  it('cannot be checked without a trusted root', async () => {
    const identities = [{ issuer, subject }];
    await assert.rejects(
      check(withBundles([bundle]), [{ identities }]),
      refused(/operator\.verification\.trustedRoot/, 'TrustedRootMissing'),
    );
    const keySigned = await bundleOf(manifest, keySigner(owner.privateKey));
    await check(withBundles([bundle, keySigned]), [{ identities, keys: [owner.publicKey] }]);
  });
});

describe('signature policy', () => {
  it('is read from what the chart writes', () => {
    const empty = { required: false, keys: [], identities: [], trustedRoot: '' };
    assert.deepEqual(parseSignaturePolicy(JSON.stringify(empty)), {
      isRequired: false,
      signers: undefined,
      trustedRoot: undefined,
    });
    const keys = [owner.publicKey];
    const strict = parseSignaturePolicy(JSON.stringify({ ...empty, required: true, keys }));
    assert.deepEqual([strict.isRequired, strict.signers?.keys], [true, keys]);
  });

  it('is refused where a field has no effect, or cannot be read', () => {
    const refusedFor = (policy: object) => () => parseSignaturePolicy(JSON.stringify(policy));
    assert.throws(refusedFor({ keys: [owner.publicKey] }), /count only with required: true/);
    assert.throws(refusedFor({ required: true, keys: ['x'] }), /public key in PEM/);
    assert.throws(refusedFor({ trustedRoot: '{}' }), /names no certificate authority/);
    assert.throws(refusedFor({ trustedRoot: 'x' }), /trustedRoot cannot be read/);
    assert.throws(refusedFor({ require: true }), /require/);
  });
});
