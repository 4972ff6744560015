import { writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { compile } from '../../artifact/compiler/compile.ts';
import { checkModule } from '../../artifact/check/check-module.ts';
import { bundledJob, provenanceOf, userJob, type CompileJob } from '../../artifact/compiler/job.ts';
import { UsageFailure } from '../failure.ts';
import { withGivenFile } from '../given-file.ts';
import { requirePackageFiles } from '../package-files.ts';
import { readSource } from '../source-directory.ts';
import type { BuiltModule } from '../sbom/sbom.ts';
import type { Terminal } from '../terminal.ts';

interface BuildOptions {
  readonly source?: string;
  readonly file: string;
  readonly optimize: number;
  readonly names?: boolean;
  readonly sbom?: string;
}

export async function run(terminal: Terminal, options: BuildOptions): Promise<void> {
  const job = await compileJob(options);
  const bytes = await compile(job);
  const provenance = await provenanceOf(job);
  const { sourceDigest, compiler } = provenance;
  const { digest, sizeBytes, abi } = await checkModule(bytes);
  await withGivenFile(
    `--file ${options.file}`,
    () => writeFile(options.file, bytes),
    'give a file that can be written',
  );
  // The form that `sha256sum --check` reads.
  await writeFile(`${options.file}.sha256`, `${digest}  ${basename(options.file)}\n`);
  if (options.sbom !== undefined)
    await writeSbom(options.sbom, { fileName: basename(options.file), digest, job, provenance });
  terminal.out(`${digest}  ${options.file}\n`);
  terminal.note(
    [
      `${sizeBytes} bytes, proxy-wasm ABI ${abi.replaceAll('_', '.')}, checked.`,
      `Source SHA-256 ${sourceDigest}, ${compiler}.`,
      'Next: try it in an Envoy of this machine:',
      `  spagent test --module ${options.file}`,
      ...fromSource(options),
      'or push it to a registry:',
      `  spagent push REGISTRY/REPOSITORY:TAG --module ${options.file}`,
      'or serve it over https and roll it out:',
      `  spagent deploy NAME --selector app=NAME --filter-url https://HOST/${basename(options.file)} --filter-digest ${digest}`,
      '',
    ].join('\n'),
  );
}

async function writeSbom(file: string, built: BuiltModule): Promise<void> {
  const { sbomText } = await import('../sbom/sbom.ts');
  const text = sbomText(built, sourceDate(process.env['SOURCE_DATE_EPOCH']));
  await withGivenFile(`--sbom ${file}`, () => writeFile(file, text), 'give a file that can be written');
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDate(epoch: string | undefined): Date | undefined {
  if (epoch === undefined || epoch === '') return undefined;
  if (/^[0-9]{1,11}$/.test(epoch)) return new Date(Number(epoch) * 1000);
  throw new UsageFailure(`SOURCE_DATE_EPOCH is ${epoch}; set it to Unix seconds, or unset it`);
}

/** The way that needs no server of modules. */
function fromSource({ source }: BuildOptions): string[] {
  if (source === undefined) return [];
  return [
    'or let the operator build it from a ConfigMap:',
    `  spagent deploy NAME --selector app=NAME --source ${source}`,
  ];
}

async function compileJob({ source, optimize, names }: BuildOptions): Promise<CompileJob> {
  if (optimize > 3) throw new UsageFailure('--optimize: levels are 0 to 3');
  requirePackageFiles();
  const level = { optimize, debug: names ?? false };
  if (source === undefined) return bundledJob(level);
  return userJob(await readSource(source, '--source'), level);
}
