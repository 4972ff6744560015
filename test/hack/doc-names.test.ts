import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { commandList } from '../../operator/cli/command-list.ts';
import { pages, root, textOf } from '../support/doc-blocks.ts';

/** But what names what was there, and what is generated. */
const current = pages.filter(
  (page) => !['CHANGELOG.md', 'charts/README.md'].includes(page) && !page.startsWith('docs/decisions/'),
);

interface Mention {
  readonly page: string;
  readonly text: string;
}

/** Code in a line of text, and lines of commands. */
function mentions(pattern: RegExp): Mention[] {
  return current.flatMap((page) => {
    const text = textOf(page);
    const inline = [...text.replaceAll(/^```[^]*?^```$/gm, '').matchAll(/`([^`\n]+)`/g)];
    const fenced = [...text.matchAll(/^```bash\n([^]*?)^```$/gm)].flatMap(([, block = '']) =>
      block
        .replaceAll(/\\\n\s*/g, '')
        .split('\n')
        .map((line) => ['', line.replace(/(^|\s)# .*/, '')] as const),
    );
    return [...inline, ...fenced].flatMap(([, code = '']) =>
      [...code.matchAll(pattern)].map(([found, group]) => ({ page, text: group ?? found })),
    );
  });
}

const shown = ({ page, text }: Mention) => `${page}: ${text}`;

/** Command → its flags, by its help, which another test compares with the command. */
const commands: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  commandList.map(({ usage }) => {
    const [name = ''] = usage.split(' ');
    const help = textOf(`test/golden/cli/spagent-${name}.txt`);
    return [name, new Set(['--debug', ...(help.match(/(?<=^ {2}|, )--?[a-z][\w-]*/gm) ?? [])])];
  }),
);

/** Words after `spagent` that no command or flag has. */
function unknownWords(line: string): string[] {
  const [name = '', ...words] = line.trim().split(/[\s[\]()]+/);
  if (!/^[a-z][a-z-]*$/.test(name) || name === 'help') return [];
  const flags = commands.get(name);
  if (flags === undefined) return [name];
  return words
    .map((word) => word.replace(/[=,;].*/, ''))
    .filter((word) => /^--?[a-z]/.test(word) && !flags.has(word));
}

/** `a.b` and its parents, of a file of values. */
function valuePaths(value: unknown, path: readonly string[] = []): string[] {
  const own = path.length === 0 ? [] : [path.join('.')];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return own;
  return [...own, ...Object.entries(value).flatMap(([key, part]) => valuePaths(part, [...path, key]))];
}

describe('what the documentation names', () => {
  it('commands of spagent and their flags exist', () => {
    const found = mentions(/(?<!\b(?:get|delete|describe|explain) )\bspagent ((?:[^`&;|>]|\|(?! ))+)/g);
    assert.deepEqual(found.filter(({ text }) => unknownWords(text).length > 0).map(shown), []);
  });

  it('scripts of npm exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    const unknown = mentions(/\bnpm run ([\w:-]+)/g).filter(({ text }) => !(text in scripts));
    assert.deepEqual(unknown.map(shown), []);
  });

  it('fields of the spec and the status are those of the reference', () => {
    const known = new Set(textOf('docs/reference.md').match(/`(spec|status)\.[\w.[\]]+`/g));
    // Of an SpAgentRevision, of Istio's Sidecar, and of an Argo Rollout.
    const others = ['status.memory', 'spec.egress', 'spec.paused', 'spec.restartAt', 'spec.workloadRef'];
    for (const other of others) known.add(`\`${other}\``);
    const isKnown = ({ text }: Mention) =>
      [...known].some((path) => path.replaceAll('[]', '') === `\`${text}\``);
    const unknown = mentions(/^((?:spec|status)\.[\w.]+)/g).filter((mention) => !isKnown(mention));
    assert.deepEqual(unknown.map(shown), []);
  });

  it('values of the chart exist', () => {
    const values = load(textOf('charts/values.yaml')) as object;
    const known = new Set(valuePaths(values));
    const sections = Object.keys(values).join('|');
    const named = [
      ...mentions(new RegExp(`^((?:${sections})\\.[\\w.]+)`, 'g')),
      ...mentions(/--set[ =]([\w.]+)=/g),
    ];
    // backend.* of an SpAgent has the same name as backend.* of the chart.
    const unknown = named.filter(({ text }) => !text.startsWith('backend.') && !known.has(text));
    assert.deepEqual(unknown.map(shown), []);
  });

  it('files of the repository exist, but for a name x that stands for others', () => {
    const paths = mentions(/^((?:operator|filter|hack|test|docs|examples|charts|crds)\/[\w./@-]+)$/g);
    assert.deepEqual(
      paths.filter(({ text }) => !/\/x\./i.test(text) && !existsSync(join(root, text))).map(shown),
      [],
    );
  });
});
