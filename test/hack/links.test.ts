import assert from 'node:assert/strict';
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
const pages = globSync(['*.md', 'docs/**/*.md', 'filter/*.md'], { cwd: root });

/** GitHub's anchor of a heading. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');

const anchorsOf = (page: string) =>
  [...readFileSync(page, 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => anchorOf(heading));

describe('the documentation', () => {
  for (const page of pages) {
    it(`${page} links to files and headings that exist`, () => {
      const text = readFileSync(join(root, page), 'utf8');
      const links = [...text.matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link = '']) => link);
      const broken = links.filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? join(root, page) : join(root, dirname(page), path);
        return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
      });
      assert.deepEqual(broken, []);
    });
  }

  it('lists every decision', () => {
    const directory = join(root, 'docs', 'decisions');
    const list = readFileSync(join(directory, 'README.md'), 'utf8');
    const missing = readdirSync(directory).filter(
      (name) => name !== 'README.md' && !list.includes(`(${name})`),
    );
    assert.deepEqual(missing, []);
  });
});
