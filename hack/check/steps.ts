import { join } from 'node:path';

export type Command = readonly [string, ...string[]];

export interface CheckStep {
  readonly name: string;
  readonly command: Command;
  /** Repairs what it can. */
  readonly fix?: Command;
  /** Files that the result depends on, or folders with a slash at the end. */
  readonly reads: readonly string[];
}

const node = (...words: string[]): Command => [process.execPath, ...words];
const program = (name: string, ...words: string[]): Command =>
  node(join('node_modules', '.bin', name), ...words);

const typeScript = ['operator/', 'hack/', 'test/', 'package.json', 'tsconfig.json'];

const filterArguments = [
  ...['assembly/index.ts', '--baseDir', 'filter', '--config', 'asconfig.json'],
  ...['--noEmit', '--optimizeLevel', '0', '--shrinkLevel', '0'],
];

/** Generated files, and what they are made from. */
const generatedFrom = [
  ...['operator/api/', 'operator/cli/sbom/', 'hack/generate/'],
  ...['crds/', 'docs/reference.md', 'charts/'],
];

/** What people read, comments too. */
const texts = [
  ...['operator/', 'filter/', 'hack/', 'test/', 'docs/', 'charts/'],
  ...['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
];

/**
 * The steps of `npm run check`, those that take longest first. To add one, write a line here.
 * @param cache folder in which Prettier keeps what it knows of files that did not change.
 */
export function checkSteps(cache: string): readonly CheckStep[] {
  const prettier = ['--cache', '--cache-strategy', 'content', '--cache-location', join(cache, 'prettier')];
  const generator = join('hack', 'generate', 'main.ts');
  return [
    {
      name: 'lint',
      command: program('oxlint'),
      fix: program('oxlint', '--fix'),
      reads: [...typeScript, '.oxlintrc.json'],
    },
    {
      name: 'format',
      command: program('prettier', '--check', '.', ...prettier),
      fix: program('prettier', '--write', '--log-level', 'warn', '.', ...prettier),
      reads: [''],
    },
    {
      name: 'types',
      command: program('tsc', '-p', '.'),
      reads: typeScript,
    },
    // The compiler knows AssemblyScript's types; TypeScript finds what is declared and not used.
    { name: 'filter', command: program('asc', ...filterArguments), reads: ['filter/'] },
    { name: 'filter-unused', command: program('tsc', '-p', 'filter'), reads: ['filter/'] },
    {
      name: 'page',
      command: program('tsc', '-p', 'operator/cli/dashboard/client'),
      reads: ['operator/backend/page/client/', 'operator/cli/dashboard/client/', 'tsconfig.json'],
    },
    {
      name: 'unused',
      command: program('knip'),
      reads: [...typeScript, 'filter/', 'knip.json'],
    },
    {
      name: 'layers',
      command: program('depcruise', 'operator', 'hack', 'test', 'filter/assembly'),
      reads: [...typeScript, 'filter/', '.dependency-cruiser.cjs'],
    },
    {
      name: 'words',
      command: node(join('hack', 'words', 'main.ts')),
      reads: texts,
    },
    {
      name: 'workflows',
      command: node(join('hack', 'workflows', 'main.ts')),
      reads: ['.github/workflows/', 'hack/workflows/', 'hack/tools/'],
    },
    {
      name: 'generated',
      command: node(generator, '--check'),
      fix: node(generator),
      reads: generatedFrom,
    },
  ];
}
