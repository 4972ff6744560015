import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { HttpError } from '../http/answer.ts';
import type { ResourceSpan } from '../protocol/otlp.ts';
import { tracesToJson } from '../protocol/otlp-json.ts';

/** What a case is named and when it was made. */
export interface CaseName {
  readonly caseId: string;
  /** RFC 3339. */
  readonly createdAt: string;
}

/** A case in Softprobe's format, version 1.0.0, as pieces of its JSON: one OTLP document for each exchange. */
export function* casePieces(name: CaseName, spans: Iterable<ResourceSpan>): Generator<string> {
  const head = JSON.stringify({ version: '1.0.0', mode: 'capture', ...name });
  yield `${head.slice(0, -1)},"traces":[`;
  let separator = '\n';
  for (const { span, resourceAttributes } of spans) {
    const resource = { attributes: [...resourceAttributes] };
    yield (
      separator +
      JSON.stringify(tracesToJson({ resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }))
    );
    separator = ',\n';
  }
  yield '\n]}\n';
}

/**
 * Writes a case below the directory that the operator of the backend chose: a client may name a file, not a place.
 * @returns the path of the file.
 * @throws HttpError 400 when the name leads out of the directory, or is not a case file's.
 */
export function writeCase(directory: string, name: string, pieces: Iterable<string>): string {
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
  // Renamed when it is complete: a reader never sees a part.
  const incomplete = `${path}.incomplete`;
  const file = openSync(incomplete, 'w');
  try {
    for (const piece of pieces) writeSync(file, piece);
  } finally {
    closeSync(file);
  }
  renameSync(incomplete, path);
  return path;
}
