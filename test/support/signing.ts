import {
  DSSEBundleBuilder,
  FulcioSigner,
  MessageSignatureBundleBuilder,
  RekorWitness,
  type Signer,
  type Witness,
} from '@sigstore/sign';
import { bundleToJSON } from '@sigstore/bundle';
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler } from '@sigstore/mock';
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, hash, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const signPredicate = 'https://sigstore.dev/cosign/sign/v1';

/** What cosign generate-key-pair makes. */
export function keyPair() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })), privateKey };
}

export function keySigner(privateKey: KeyObject): Signer {
  return {
    sign: (data) =>
      Promise.resolve({
        signature: sign('sha256', data, privateKey),
        key: { $case: 'publicKey', publicKey: '', hint: 'any' },
      }),
  };
}

/** The bundle that cosign sign writes for a manifest, as JSON. */
export async function bundleOf(
  manifest: Uint8Array,
  signer: Signer,
  { predicateType = signPredicate, witnesses = [] }: { predicateType?: string; witnesses?: Witness[] } = {},
): Promise<string> {
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ digest: { sha256: hash('sha256', manifest) } }],
    predicateType,
    predicate: {},
  };
  const builder = new DSSEBundleBuilder({ signer, witnesses });
  const data = Buffer.from(JSON.stringify(statement));
  return JSON.stringify(bundleToJSON(await builder.create({ data, type: 'application/vnd.in-toto+json' })));
}

/** What cosign signed before there were bundles. */
export function simpleSigningPayload(
  manifest: Uint8Array,
  type = 'cosign container image signature',
): Buffer {
  const image = { 'docker-manifest-digest': `sha256:${hash('sha256', manifest)}` };
  const identity = { 'docker-reference': 'any' };
  return Buffer.from(
    JSON.stringify({
      critical: { identity, image, type },
      optional: null,
    }),
  );
}

/** What cosign 2 wrote on the layer of a payload that it signed without a key, by annotation. */
export async function keylessAnnotations(
  payload: Buffer,
  signer: Signer,
  witness: Witness,
): Promise<Record<string, string>> {
  const builder = new MessageSignatureBundleBuilder({ signer, witnesses: [witness] });
  const { content, verificationMaterial } = await builder.create({ data: payload });
  const [entry] = verificationMaterial.tlogEntries;
  assert.ok(entry?.inclusionPromise && content.$case === 'messageSignature');
  assert.ok(verificationMaterial.content.$case === 'x509CertificateChain');
  const [certificate] = verificationMaterial.content.x509CertificateChain.certificates;
  assert.ok(certificate);
  const logEntry = {
    SignedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp.toString('base64'),
    Payload: {
      body: entry.canonicalizedBody.toString('base64'),
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: entry.logId.keyId.toString('hex'),
    },
  };
  return {
    'dev.cosignproject.cosign/signature': content.messageSignature.signature.toString('base64'),
    'dev.sigstore.cosign/certificate': new X509Certificate(certificate.rawBytes).toString(),
    'dev.sigstore.cosign/bundle': JSON.stringify(logEntry),
  };
}

export interface Sigstore extends AsyncDisposable {
  /** JSON. */
  readonly trustedRoot: string;
  readonly witness: Witness;
  /** Signs with a certificate for that subject of that issuer. */
  signer(issuer: string, subject: string): Signer;
}

/** A certificate authority and a transparency log of sigstore's own, in this process, over HTTP. */
export async function startSigstore(): Promise<Sigstore> {
  const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const began = new Date(Date.now() - 3_600_000);
  const ctLog = await initializeCTLog(keys);
  const authority = await initializeCA(keys, ctLog);
  const log = await initializeTLog('http://127.0.0.1', keys);
  const handlers = [fulcioHandler(authority), rekorHandler(log)];
  const server = createServer((request, response) => {
    void (async () => {
      const handler = handlers.find(({ path }) => path === request.url);
      const answer = await handler?.fn(await text(request));
      response.writeHead(answer?.statusCode ?? 404, { 'content-type': answer?.contentType ?? 'text/plain' });
      response.end(answer?.response);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const validFor = { start: began.toISOString() };
  const logOf = (publicKey: Buffer, keyId: Buffer) => ({
    baseUrl: url,
    hashAlgorithm: 'SHA2_256',
    publicKey: {
      rawBytes: publicKey.toString('base64'),
      keyDetails: 'PKIX_ECDSA_P256_SHA_256',
      validFor,
    },
    logId: { keyId: keyId.toString('base64') },
  });
  const root = Buffer.from(authority.rootCertificate as unknown as Uint8Array).toString('base64');
  return {
    trustedRoot: JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      certificateAuthorities: [{ certChain: { certificates: [{ rawBytes: root }] }, validFor }],
      tlogs: [logOf(log.publicKey, createHash('sha256').update(log.publicKey).digest())],
      ctlogs: [logOf(ctLog.publicKey, Buffer.from(ctLog.logID as unknown as Uint8Array))],
    }),
    witness: new RekorWitness({ rekorBaseURL: url, entryType: 'intoto' }),
    signer: (iss, sub) => {
      const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${encode({ alg: 'none' })}.${encode({ iss, sub })}.`;
      return new FulcioSigner({
        fulcioBaseURL: url,
        identityProvider: { getToken: () => Promise.resolve(token) },
      });
    },
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
