import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { HttpError } from '../http/answer.ts';
import type { ResourceSpan } from '../protocol/otlp.ts';
import { tracesToJson } from '../protocol/otlp-json.ts';

/** Softprobe's case format, version 1.0.0: one OTLP document for each exchange. */
export function caseOf(caseId: string, createdAt: string, spans: Iterable<ResourceSpan>): object {
  return {
    version: '1.0.0',
    caseId,
    mode: 'capture',
    createdAt,
    traces: Array.from(spans, ({ span, resourceAttributes }) =>
      tracesToJson({
        resourceSpans: [
          { resource: { attributes: [...resourceAttributes] }, scopeSpans: [{ spans: [span] }] },
        ],
      }),
    ),
  };
}

/**
 * Writes a case below the directory that the operator of the backend chose: a client may name a file, not a place.
 * @returns the path of the file.
 * @throws HttpError 400 when the name leads out of the directory, or is no case file's.
 */
export function writeCase(directory: string, name: string, content: object): string {
  const path = resolve(directory, name);
  const below = relative(resolve(directory), path);
  if (
    below === '' ||
    below.startsWith('..') ||
    isAbsolute(below) ||
    !path.endsWith('.json') ||
    name.includes('\0')
  ) {
    throw new HttpError(
      [400, 'invalid_request'],
      `out: "${name.slice(0, 200)}" is not a .json file below ${directory}; choose another with --cases`,
    );
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}
