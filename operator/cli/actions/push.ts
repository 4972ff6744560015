import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { messageOf } from '../../api/errors.ts';
import { checkModule } from '../../artifact/check/check-module.ts';
import { pushModule } from '../../artifact/oci/push.ts';
import { parseReference } from '../../artifact/oci/reference.ts';
import { Registry } from '../../artifact/oci/registry.ts';
import { openFetcher } from '../../artifact/sources/fetcher.ts';
import { dockerLogin } from '../docker-login.ts';
import { Failure, UsageFailure } from '../failure.ts';
import { readModule, withGivenFile } from '../given-file.ts';
import { requirePackageFiles } from '../package-files.ts';
import type { Terminal } from '../terminal.ts';

interface PushOptions {
  readonly module: string;
  readonly caFile?: string;
}

const pushSeconds = { seconds: 300, idleSeconds: 60 };

export async function run(terminal: Terminal, image: string, options: PushOptions): Promise<void> {
  const reference = parseReference(image.replace(/^oci:\/\//, ''));
  if (reference?.tag === undefined || reference.digest !== undefined) {
    throw new UsageFailure(`${image}: give REGISTRY/REPOSITORY:TAG, such as ghcr.io/acme/filter:1.2`);
  }
  const { tag } = reference;
  const bytes = await readModule(options.module);
  requirePackageFiles();
  const { abi, digest } = await checkModule(bytes);
  const credentials = await dockerLogin(reference, process.env);
  const manifest = await orFailure(async () => {
    await using fetcher = openFetcher(
      await readAuthority(options),
      { addresses: { allowPrivate: true }, ...pushSeconds },
      { url: 'the argument', ca: '--ca-file' },
    );
    const loginAdvice = `log in with docker login ${reference.registry}`;
    const registry = new Registry({ fetcher, reference, credentials, actions: 'pull,push', loginAdvice });
    return await pushModule(registry, tag, { bytes, abi, fileName: basename(options.module) });
  });
  const name = `${reference.registry}/${reference.repository}`;
  terminal.out(`${name}@sha256:${manifest}\n`);
  terminal.note(
    [
      `The module has digest ${digest}. Next: roll it out, pinned to what was pushed:`,
      `  spagent deploy NAME --selector app=NAME --filter-url oci://${name}:${tag}@sha256:${manifest}`,
      '',
    ].join('\n'),
  );
}

async function readAuthority({ caFile }: PushOptions): Promise<string | undefined> {
  if (caFile === undefined) return undefined;
  return withGivenFile(`--ca-file ${caFile}`, () => readFile(caFile, 'utf8'), 'give a file');
}

/** What the operator writes to the status is a failure of the command here. */
async function orFailure<Result>(action: () => Promise<Result>): Promise<Result> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof UsageFailure) throw cause;
    throw new Failure(messageOf(cause), { cause });
  }
}
