import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../tools/run.ts';

/** A certificate and its key, PEM, for names such as `DNS:localhost`. */
export interface SelfSigned {
  readonly key: string;
  readonly certificate: string;
}

export async function selfSigned(names: readonly string[]): Promise<SelfSigned> {
  const directory = await mkdtemp(join(tmpdir(), 'certificate-'));
  const [keyFile, certificateFile] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  const asked = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names.join()}`];
  const output = ['-keyout', keyFile, '-out', certificateFile];
  try {
    await run(['openssl', 'req', '-x509', ...asked, ...subject, ...output], { timeoutSeconds: 30 });
    return { key: await readFile(keyFile, 'utf8'), certificate: await readFile(certificateFile, 'utf8') };
  } finally {
    await rm(directory, { recursive: true });
  }
}
