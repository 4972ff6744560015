import { generateKeyPair, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Credentials {
  /** Bearer token of a member of system:masters. */
  readonly adminToken: string;
  readonly tokenFile: string;
  readonly serviceAccountKeyFile: string;
}

/** Makes what an API server needs to know its users: a static token for us, and a key for service-account tokens. */
export async function createCredentials(directory: string): Promise<Credentials> {
  const adminToken = randomBytes(24).toString('hex');
  const tokenFile = join(directory, 'tokens.csv');
  await writeFile(tokenFile, `${adminToken},admin,admin,system:masters\n`, { mode: 0o600 });
  const { privateKey } = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const serviceAccountKeyFile = join(directory, 'service-account.key');
  await writeFile(serviceAccountKeyFile, privateKey, { mode: 0o600 });
  return { adminToken, tokenFile, serviceAccountKeyFile };
}
