import assert from 'node:assert/strict';
import { credentialsFor } from '../../../operator/artifact/oci/credentials.ts';
import { parseChallenge } from '../../../operator/artifact/oci/challenge.ts';
import { apiUrl, parseReference } from '../../../operator/artifact/oci/reference.ts';

const digest = 'a'.repeat(64);

function referenceOf(text: string) {
  const reference = parseReference(text);
  assert.ok(reference, text);
  return reference;
}

describe('reference of an image', () => {
  it('has a registry, a repository, and a tag or a digest', () => {
    assert.deepEqual(referenceOf(`ghcr.io:443/acme/a-b/filter:1.2@sha256:${digest}`), {
      registry: 'ghcr.io:443',
      repository: 'acme/a-b/filter',
      tag: '1.2',
      digest,
    });
    assert.equal(apiUrl(referenceOf('[::1]:5000/filter:1')), 'https://[::1]:5000/v2/filter');
  });

  it("is looked for at Docker Hub's own address, below library without an owner", () => {
    assert.equal(
      apiUrl(referenceOf('docker.io/acme/filter:1')),
      'https://registry-1.docker.io/v2/acme/filter',
    );
    assert.equal(apiUrl(referenceOf('docker.io/filter:1')), 'https://registry-1.docker.io/v2/library/filter');
  });

  for (const text of [
    'ghcr.io/acme/filter',
    'filter:1',
    'ghcr.io/Acme/filter:1',
    'ghcr.io/../x:1',
    'ghcr.io/a:-x',
    `ghcr.io/a@sha256:${digest.slice(1)}`,
    'user:password@ghcr.io/a:1',
    'ghcr.io/a:1?x=1',
  ]) {
    it(`is not ${text}`, () => assert.equal(parseReference(text), undefined));
  }
});

describe('login to a registry', () => {
  const config = (auths: object) => JSON.stringify({ auths });
  const encoded = (text: string) => ({ auth: Buffer.from(text).toString('base64') });

  it('is that of the longest path that leads to the repository', () => {
    const text = config({
      'ghcr.io': encoded('host:1'),
      'https://ghcr.io/acme': encoded('owner:a:b'),
      'ghcr.io/ac': encoded('neighbour:3'),
    });
    assert.deepEqual(credentialsFor(text, referenceOf('ghcr.io/acme/filter:1')), {
      username: 'owner',
      password: 'a:b',
    });
    assert.equal(credentialsFor(text, referenceOf('ghcr.io/other/filter:1'))?.username, 'host');
  });

  it('is not sent to another registry, also one whose name begins alike', () => {
    const text = config({ 'ghcr.io': encoded('me:secret') });
    assert.equal(credentialsFor(text, referenceOf('ghcr.io.example.com/acme/filter:1')), undefined);
    assert.equal(credentialsFor(text, referenceOf('ghcr.io:444/acme/filter:1')), undefined);
  });

  it('for Docker Hub is under the name that docker login writes', () => {
    const text = config({ 'https://index.docker.io/v1/': { username: 'me', password: 'x' } });
    assert.equal(credentialsFor(text, referenceOf('docker.io/acme/filter:1'))?.username, 'me');
  });
});

describe('challenge of a registry', () => {
  it('names the server of tokens, or asks for a password', () => {
    assert.deepEqual(parseChallenge('Bearer realm="https://a.example/token",service="s",scope="x:y:pull"'), {
      scheme: 'Bearer',
      realm: 'https://a.example/token',
      service: 's',
    });
    assert.deepEqual(parseChallenge('Basic realm="x"'), { scheme: 'Basic' });
    assert.equal(parseChallenge('Negotiate'), undefined);
    assert.equal(parseChallenge('Bearer scope="x"'), undefined);
  });
});
