import { HttpError, type Answer } from './answer.ts';

/** A request whose body has been read. */
export interface RoutedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** @param parts of the path that the pattern's `:name`s stand for, in their order. */
export type Handler = (request: RoutedRequest, parts: readonly string[]) => Answer | Promise<Answer>;

/** For instance `GET /api/recordings/:id`. A part that begins with `:` stands for any one, `*` at the end for the rest. */
export type Routes = Readonly<Record<string, Handler>>;

/** @throws HttpError 404 for a path that is not known, 405 for a method that it does not have. */
export function route(routes: Routes, request: RoutedRequest): Answer | Promise<Answer> {
  const allowed: string[] = [];
  for (const [name, handler] of Object.entries(routes)) {
    const [method = '', pattern = ''] = name.split(' ');
    const parts = partsOf(pattern, request.url.pathname);
    if (!parts) continue;
    if (method === request.method) return handler(request, parts);
    allowed.push(method);
  }
  const path = `${request.method} ${request.url.pathname.slice(0, 200)}`;
  if (allowed.length > 0) {
    throw new HttpError([405, 'method_not_allowed'], `${path}: use ${allowed.join(' or ')}`, {
      allow: allowed.join(', '),
    });
  }
  throw new HttpError(
    [404, 'not_found'],
    `${path} is not known; the filter uses POST /v1/inject and POST /v1/traces`,
  );
}

function partsOf(pattern: string, path: string): string[] | undefined {
  const wanted = pattern.split('/');
  const given = path.split('/');
  const parts: string[] = [];
  for (const [index, part] of wanted.entries()) {
    const value = given[index];
    if (part === '*') return [...parts, given.slice(index).join('/')];
    if (value === undefined || (!part.startsWith(':') && part !== value)) return undefined;
    if (part.startsWith(':')) parts.push(value);
  }
  return given.length === wanted.length ? parts : undefined;
}
