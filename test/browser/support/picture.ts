import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { assertGolden } from '../../support/golden.ts';
import { overflow } from './browser.ts';

const folder = new URL('../../../docs/pictures/', import.meta.url);
const operator = new URL('../../../operator/', import.meta.url);

/** What a picture leaves out: what runs, what loads, what is not seen. */
const unseen = 'script, noscript, link, [hidden]';
/** The body as XHTML, which is a part of an SVG. Links lead nowhere in a picture. */
const serialized = `(() => {
  const body = document.body.cloneNode(true);
  for (const node of body.querySelectorAll('${unseen}')) node.remove();
  for (const node of body.querySelectorAll('[href]')) node.setAttribute('href', '#');
  return new XMLSerializer().serializeToString(body);
})()`;

/** Ends of lines where white space says nothing, so that a change of a picture is read line by line. */
const blockEnds =
  /<\/(?:article|dl|div|footer|form|h[1-3]|header|li|main|nav|ol|section|table|tbody|thead|tr|ul)>/g;

interface PictureOptions {
  readonly title: string;
  /** Files of the page's style, below operator/. */
  readonly styles: readonly string[];
  /** Text that is not the same in each version, with what stands for it. */
  readonly replace?: readonly (readonly [string, string])[];
}

/**
 * Compares the page, as it stands, with the picture of it in the documentation: an SVG that holds the page's own elements and style,
 * and follows the reader's colour scheme.
 * @param name of the file in docs/pictures.
 */
export async function assertPicture(
  page: Page,
  name: string,
  { title, styles, replace = [] }: PictureOptions,
): Promise<void> {
  const size = page.viewportSize();
  assert.ok(size);
  const height = await page.evaluate<number>('document.body.scrollHeight');
  assert.ok(height <= size.height, `the picture cuts off ${height - size.height} pixels at its end`);
  assert.equal(await overflow(page), 0);
  const style = styles.map((path) => styleAt(path, size.width)).join('\n');
  const serial = (await page.evaluate<string>(serialized)).replaceAll(blockEnds, '$&\n');
  const body = replace.reduce((text, [found, shown]) => text.replaceAll(found, shown), serial);
  assertGolden(new URL(`${name}.svg`, folder), svg({ ...size, title, style, body }));
}

interface Picture {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly style: string;
  readonly body: string;
}

function svg({ width, height, title, style, body }: Picture): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${title}</title>
<style>
${style}
foreignObject > body {
  min-height: 100%;
}
</style>
<foreignObject width="100%" height="100%">
${body}
</foreignObject>
</svg>
`;
}

/**
 * The rules of a style that a window of this width follows. A picture is shown in any size, and must not change its layout with it.
 */
function styleAt(path: string, width: number): string {
  const css = readFileSync(new URL(path, operator), 'utf8');
  return css.replaceAll(
    /^@media \(max-width: (\d+)rem\) \{\n([^]*?)^\}\n/gm,
    (_rule, rem: string, inner: string) => (width <= Number(rem) * 16 ? inner : ''),
  );
}
