import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { messageOf } from '../../operator/api/errors.ts';
import { run } from './run.ts';
import type { Release } from './spec.ts';

// A machine behind a closed network must get to the next source at once, not after a minute per tool.
const connectMilliseconds = 4000;
const silenceMilliseconds = 30_000;
const bytesMax = 1024 ** 3;

const unreachableHosts = new Map<string, string>();

let dispatcher: EnvHttpProxyAgent | undefined;

function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return messageOf(cause);
}

async function get(url: string): Promise<Response> {
  const { host } = new URL(url);
  const earlier = unreachableHosts.get(host);
  if (earlier) throw new Error(`${host} cannot be reached (${earlier})`);
  dispatcher ??= new EnvHttpProxyAgent({
    connect: { timeout: connectMilliseconds },
    headersTimeout: silenceMilliseconds,
    bodyTimeout: silenceMilliseconds,
  });
  let response: Response;
  try {
    response = await fetch(url, { dispatcher });
  } catch (error) {
    unreachableHosts.set(host, reason(error));
    throw new Error(`${host} cannot be reached (${reason(error)})`, { cause: error });
  }
  if (response.ok) return response;
  await response.body?.cancel();
  throw new Error(`${url} answered ${response.status}`);
}

/** Finds a file's digest in what its makers publish: a bare digest, or lines of `digest  file`. */
function findChecksum(published: string, fileName: string): string | undefined {
  for (const line of published.split('\n')) {
    const match = /^([0-9a-f]{64})(?:\s+\*?(?:.*\/)?(\S+))?\s*$/i.exec(line);
    if (match?.[1] && (match[2] === undefined || match[2] === fileName)) return match[1].toLowerCase();
  }
  return undefined;
}

async function save(response: Response, file: string, onBytes: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  const meter = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      onBytes(bytes);
      done(bytes > bytesMax ? new Error(`more than ${bytesMax} bytes`) : null, chunk);
    },
  });
  if (!response.body) throw new Error(`${response.url} has no body`);
  await pipeline(Readable.fromWeb(response.body), meter, createWriteStream(file, { mode: 0o755 }));
  return hash.digest('hex');
}

/**
 * Downloads a release into a folder, checks it against the published SHA-256 and returns the executable's path.
 * Nothing is unpacked before the digest is right.
 */
export async function downloadRelease(
  release: Release,
  directory: string,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const fileName = new URL(release.url).pathname.split('/').at(-1) ?? '';
  const expected = findChecksum(await (await get(release.checksumUrl)).text(), fileName);
  if (!expected) throw new Error(`${release.checksumUrl} has no SHA-256 of ${fileName}`);
  const file = join(directory, fileName);
  const response = await get(release.url);
  let actual: string;
  try {
    actual = await save(response, file, onBytes);
  } catch (error) {
    throw new Error(`${release.url} broke off (${reason(error)})`, { cause: error });
  }
  if (actual !== expected) {
    throw new Error(`${release.url} has sha256 ${actual}, its makers publish ${expected}: not used`);
  }
  if (!release.member) return file;
  await run(['tar', '-xzf', file, '-C', directory, release.member], { timeoutSeconds: 120 });
  return join(directory, release.member);
}
