import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import projectPackage from '../../../package.json' with { type: 'json' };
import { messageOf } from '../../api/errors.ts';
import { casePieces } from '../../backend/control/case-file.ts';
import { spansOf, type ResourceSpan } from '../../backend/protocol/otlp.ts';
import { tracesFromJson } from '../../backend/protocol/otlp-json.ts';
import { UsageFailure } from '../failure.ts';
import { withGivenFile } from '../given-file.ts';
import { harEntry, harSchema, spansOfHar } from './har.ts';

const caseSchema = z.looseObject({ traces: z.array(z.unknown()) });
const otlpSchema = z.looseObject({ resourceSpans: z.array(z.unknown()) });
const anyHar = z.looseObject({ log: z.looseObject({ entries: z.unknown() }) });

/**
 * The exchanges in a file: a case (what `spagent record` and the backend's page write), OTLP JSON, or an HTTP archive (HAR).
 * @throws {UsageFailure} that says what in the file is not as it must be.
 */
export async function readRecordings(file: string): Promise<ResourceSpan[]> {
  const source = await withGivenFile(file, () => readFile(file, 'utf8'), 'spagent record makes one');
  try {
    return spansIn(JSON.parse(source));
  } catch (cause) {
    throw new UsageFailure(`${file}: ${reasonOf(cause)}`, { cause });
  }
}

function spansIn(content: unknown): ResourceSpan[] {
  if (anyHar.safeParse(content).success) return spansOfHar(harSchema.parse(content));
  if (otlpSchema.safeParse(content).success) return spansOf(tracesFromJson(content));
  const parsed = caseSchema.safeParse(content);
  if (parsed.success) return parsed.data.traces.flatMap((traces) => spansOf(tracesFromJson(traces)));
  throw new Error('holds neither recordings of spagent, nor OTLP JSON, nor an HTTP archive (HAR)');
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof z.ZodError)) return messageOf(cause);
  const [issue] = cause.issues;
  return `${issue?.path.join('.')}: ${issue?.message}`;
}

/** Writes a case, or an HTTP archive where the file's name ends in `.har`. A reader never sees a part of it. */
export async function writeRecordings(file: string, spans: readonly ResourceSpan[]): Promise<void> {
  const pieces = file.endsWith('.har') ? await harPieces(spans) : casePieces(caseName(), spans);
  const incomplete = `${file}.incomplete`;
  await writeFile(incomplete, pieces);
  await rename(incomplete, file);
}

/** Fails where `writeRecordings` would. A file that is there already stays as it is. */
export async function checkWritable(file: string): Promise<void> {
  const incomplete = `${file}.incomplete`;
  await writeFile(incomplete, '');
  await rm(incomplete);
}

function caseName() {
  return { caseId: 'spagent-record', createdAt: new Date().toISOString() };
}

async function harPieces(spans: readonly ResourceSpan[]): Promise<string> {
  const { version } = projectPackage;
  const entries = await Promise.all(spans.map(harEntry));
  const log = { version: '1.2', creator: { name: 'spagent', version }, entries };
  return `${JSON.stringify({ log }, null, 1)}\n`;
}
