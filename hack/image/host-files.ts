import { run } from '../tools/run.ts';
import type { ImageEntry } from './archive.ts';

/** The shared libraries of an executable of this machine, as `ldd` names them; none for a static one. */
export async function librariesOf(executable: string): Promise<ImageEntry[]> {
  const output = await run(['ldd', executable], { timeoutSeconds: 10 }).catch((error: unknown) => {
    if (error instanceof Error && error.message.includes('not a dynamic executable')) return '';
    throw error;
  });
  return output
    .split('\n')
    .map((line) => /(\/\S+) \(0x/.exec(line)?.[1])
    .filter((path) => path !== undefined)
    .map((path) => ({ path, file: path, mode: 0o755 }));
}

/** Entries without those that come twice. */
export function withoutDuplicates(entries: readonly ImageEntry[]): ImageEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}

/** The certificate authorities that this machine trusts, where programs of Go, Node.js and OpenSSL look for them. */
export const certificateAuthorities: ImageEntry = {
  path: '/etc/ssl/certs/ca-certificates.crt',
  file: '/etc/ssl/certs/ca-certificates.crt',
};

/** An account database with root and one user, and look-ups by files, then DNS. */
export function accounts(name: string, id: number): ImageEntry[] {
  return [
    {
      path: '/etc/passwd',
      content: `root:x:0:0:root:/root:/bin/false\n${name}:x:${id}:${id}:${name}:/tmp:/bin/false\n`,
    },
    { path: '/etc/group', content: `root:x:0:\n${name}:x:${id}:\n` },
    { path: '/etc/nsswitch.conf', content: 'hosts: files dns\n' },
  ];
}
