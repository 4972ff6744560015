import { createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '../../hack/cluster/background-process.ts';
import { freePorts } from '../../hack/cluster/free-ports.ts';
import { registryExecutable } from '../../hack/tools/docker-registry.ts';
import { eventually } from './eventually.ts';
import { selfSigned, type SelfSigned } from '../../hack/cluster/self-signed.ts';

export const registryUser = { username: 'robot', password: 'open:sesame' };
/** bcrypt, the one form that the registry takes. */
const passwordHash = '$2b$05$abcdefghijklmnopqrstuubMHTpw5uKdtLGvKw5uzYhbpqtktcY3.';

export interface TestRegistry extends AsyncDisposable {
  /** Host and port. */
  readonly host: string;
  /** PEM certificate that it is trusted by. */
  readonly certificate: string;
  /** What the registry wrote to its log. */
  log(): Promise<string>;
}

/** How the registry knows its users: not at all, by a password, or by the tokens of another server. */
export type RegistryLogin = 'None' | 'Basic' | 'Token';

/** The registry of the Distribution project, over TLS. */
export async function startRegistry(login: RegistryLogin = 'None'): Promise<TestRegistry> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), 'registry-'));
  started.defer(() => rm(directory, { recursive: true }));
  const tls = await selfSigned(['DNS:localhost', 'IP:127.0.0.1']);
  const file = (name: string) => join(directory, name);
  await writeFile(file('cert.pem'), tls.certificate);
  await writeFile(file('key.pem'), tls.key);
  await writeFile(file('htpasswd'), `${registryUser.username}:${passwordHash}\n`);
  const [port = 0] = await freePorts(1);
  const host = `localhost:${port}`;
  const config = {
    version: 0.1,
    storage: { filesystem: { rootdirectory: file('data') } },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'x',
      tls: { certificate: file('cert.pem'), key: file('key.pem') },
    },
    ...(login === 'Basic' ? { auth: { htpasswd: { realm: 'test', path: file('htpasswd') } } } : {}),
    ...(login === 'Token' ? { auth: { token: await tokenAuth(started, tls, file('cert.pem')) } } : {}),
  };
  await writeFile(file('config.yml'), JSON.stringify(config));
  const process = started.use(
    startProcess({
      name: 'docker-registry',
      command: [await registryExecutable(), 'serve', file('config.yml')],
      logFile: file('registry.log'),
      stopSignal: 'SIGKILL',
    }),
  );
  const log = () => readFile(process.logFile, 'utf8');
  await eventually('the registry', async () => {
    if (process.exit() !== undefined) throw new Error(`the registry ended: ${await log()}`);
    return (await log()).includes('listening on');
  });
  const stack = started.move();
  return { host, certificate: tls.certificate, log, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** A server of tokens for that user: https://distribution.github.io/distribution/spec/auth/token/. */
async function tokenAuth(stack: AsyncDisposableStack, tls: SelfSigned, rootcertbundle: string) {
  const [issuer, service] = ['test-issuer', 'test-registry'];
  const { username, password } = registryUser;
  const wanted = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const server = createServer({ key: tls.key, cert: tls.certificate }, (request, response) => {
    const query = new URL(request.url ?? '', 'https://localhost').searchParams;
    if (request.headers.authorization !== wanted || query.get('service') !== service) {
      response.writeHead(401).end();
      return;
    }
    const [type, name, actions = ''] = query.get('scope')?.split(':') ?? [];
    const seconds = Math.floor(Date.now() / 1000);
    const claims = {
      iss: issuer,
      aud: service,
      sub: username,
      iat: seconds - 10,
      nbf: seconds - 10,
      exp: seconds + 300,
      jti: randomUUID(),
      access: [{ type, name, actions: actions.split(',') }],
    };
    response.end(JSON.stringify({ token: jsonWebToken(claims, tls) }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.close();
    server.closeAllConnections();
  });
  const realm = `https://localhost:${(server.address() as AddressInfo).port}/token`;
  return { realm, service, issuer, rootcertbundle };
}

/** RFC 7515, with the certificate of its key. */
function jsonWebToken(claims: object, { key, certificate }: SelfSigned): string {
  const header = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(certificate).raw.toString('base64')] };
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${encode(header)}.${encode(claims)}`;
  const options = { key: createPrivateKey(key), dsaEncoding: 'ieee-p1363' } as const;
  return `${text}.${sign('sha256', Buffer.from(text), options).toString('base64url')}`;
}
