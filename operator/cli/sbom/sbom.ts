import { ComponentType, HashAlgorithm } from '@cyclonedx/cyclonedx-library/Enums';
import * as Models from '@cyclonedx/cyclonedx-library/Models';
import { JSON as json, JsonSerializer } from '@cyclonedx/cyclonedx-library/Serialize';
import { Spec1dot6 } from '@cyclonedx/cyclonedx-library/Spec';
import type { Provenance } from '../../api/artifact.ts';
import type { CompileJob } from '../../artifact/compiler/job.ts';
import projectPackage from '../../../package.json' with { type: 'json' };
import packages from './packages.json' with { type: 'json' };

export interface BuiltModule {
  /** Of the module, without its folder. */
  readonly fileName: string;
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
  readonly job: CompileJob;
  readonly provenance: Provenance;
}

type PackageName = keyof typeof packages;
const license = (id: string) => new Models.LicenseRepository([new Models.SpdxLicense(id)]);

/**
 * What a module consists of, as a CycloneDX document in JSON (https://cyclonedx.org/docs/1.6/json/). The same build gives the same text.
 * @param time the document's; undefined: it has none.
 */
export function sbomText({ fileName, digest, job, provenance }: BuiltModule, time: Date | undefined): string {
  const { sourceDigest, compiler, options } = provenance;
  const module = new Models.Component(ComponentType.Application, fileName, {
    bomRef: 'module',
    hashes: new Models.HashDictionary([[HashAlgorithm['SHA-256'], digest]]),
    properties: new Models.PropertyRepository([
      new Models.Property('softprobe.ai:compiler', compiler),
      new Models.Property('softprobe.ai:compilerOptions', options),
      new Models.Property('softprobe.ai:sourceDigest', sourceDigest),
    ]),
  });
  const source = new Models.Component(ComponentType.File, 'source', {
    bomRef: 'source',
    description:
      'All files that the compiler read; status.filter.build.sourceDigest of an SpAgent is this digest',
    hashes: new Models.HashDictionary([[HashAlgorithm['SHA-256'], sourceDigest]]),
  });
  const parts = [source, ...librariesOf(job)];
  for (const { bomRef } of parts) module.dependencies.add(bomRef);
  const tools = new Models.Tools({
    components: new Models.ComponentRepository([
      spagent(),
      ofPackage('assemblyscript', 'tool:'),
      ofPackage('binaryen', 'tool:'),
    ]),
  });
  const metadata = new Models.Metadata({ component: module, tools, ...(time && { timestamp: time }) });
  const bom = new Models.Bom({ metadata, components: new Models.ComponentRepository(parts) });
  const serializer = new JsonSerializer(new json.Normalize.Factory(Spec1dot6));
  return `${serializer.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** Whose code is in the module: the compiler's standard library, and the libraries that its source imports. */
function librariesOf({ files }: CompileJob): Models.Component[] {
  const own = Object.entries(files).filter(([path]) => !path.startsWith('.lib/'));
  const imports = (name: string) =>
    own.some(([, text]) => new RegExp(`\\bfrom\\s+['"]${name}(/|['"])`).test(text));
  return [
    ofPackage('assemblyscript'),
    ...(imports('@solo-io/proxy-runtime') ? [ofPackage('@solo-io/proxy-runtime')] : []),
    ...(imports('sp-agent/filter') ? [filterLibrary()] : []),
  ];
}

/**
 * A package of npm, by what package-lock.json says of its archive.
 * @param role begins its name in the document: the compiler's package is both a tool and a part.
 */
function ofPackage(name: PackageName, role: 'tool:' | '' = ''): Models.Component {
  const { version, license: id, integrity } = packages[name];
  const digest = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex');
  return new Models.Component(ComponentType.Library, name, {
    bomRef: `${role}${name}@${version}`,
    version,
    licenses: license(id),
    hashes: new Models.HashDictionary([[HashAlgorithm['SHA-512'], digest]]),
    purl: `pkg:npm/${name.replace('@', '%40')}@${version}`,
  });
}

function filterLibrary(): Models.Component {
  const { version, license: id } = projectPackage;
  return new Models.Component(ComponentType.Library, 'sp-agent/filter', {
    bomRef: `sp-agent/filter@${version}`,
    version,
    licenses: license(id),
  });
}

function spagent(): Models.Component {
  const { version, license: id } = projectPackage;
  return new Models.Component(ComponentType.Application, 'spagent', {
    bomRef: `spagent@${version}`,
    version,
    licenses: license(id),
  });
}
