import type { Answer, ContentType } from '../http/answer.ts';
import { ownFile } from './own-file.ts';

const files: Readonly<Record<string, readonly [file: string, type: ContentType]>> = {
  '/': ['index.html', 'text/html; charset=utf-8'],
  '/page.css': ['page.css', 'text/css; charset=utf-8'],
  ...Object.fromEntries(
    ['page', 'api', 'dom', 'recordings-view', 'detail-view', 'exchange-view'].map((name) => [
      `/${name}.js`,
      [`${name}.js`, 'text/javascript; charset=utf-8'],
    ]),
  ),
};

/** The page's own files, read once, by their paths. */
export function pageFiles(): Readonly<Record<string, Answer>> {
  return Object.fromEntries(
    Object.entries(files).map(([path, [file, type]]) => [
      path,
      { status: 200, type, body: ownFile(`backend/page/client/${file}`) },
    ]),
  );
}
