import { globSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';

export const root = join(import.meta.dirname, '..', '..');

/** Every page, but what others wrote and what is generated from values. */
export const pages = globSync(['*.md', 'docs/**/*.md', 'filter/**/*.md', 'charts/*.md'], {
  cwd: root,
  exclude: ['**/node_modules'],
}).sort();

/** A fenced block of a page, with what the comment before it says of how it is tested. */
export interface Block {
  readonly page: string;
  /** Page and line. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
  /** `<!-- not run: reason -->` */
  readonly reason: string | undefined;
  /** `<!-- run by test/x.test.ts -->`: the test that takes the block from the page. */
  readonly runBy: string | undefined;
}

const fenced =
  /(?:<!-- (?:not run: (?<reason>(?:(?!-->)[^])*?)|run by (?<runBy>\S+)) -->\n\n?)?^```(?<language>\S*)[^\n]*\n(?<text>[^]*?)^```$/gm;

export const textOf = (page: string): string => readFileSync(join(root, page), 'utf8');

export function blocksOf(page: string): Block[] {
  const text = textOf(page);
  return [...text.matchAll(fenced)].map(({ index, groups = {} }) => ({
    page,
    place: `${page}:${text.slice(0, index).split('\n').length}`,
    language: groups['language'] ?? '',
    text: groups['text'] ?? '',
    reason: groups['reason'],
    runBy: groups['runBy'],
  }));
}

/**
 * The blocks of a page that name a test as the one that runs them, in order.
 * @param file `import.meta.filename` of the test.
 */
export function blocksRunBy(file: string, page: string): Block[] {
  const blocks = blocksOf(page).filter(({ runBy }) => runBy === relative(root, file));
  if (blocks.length === 0) throw new Error(`${page} has no block that ${basename(file)} runs`);
  return blocks;
}
