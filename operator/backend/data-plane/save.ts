import { messageOf } from '../../api/errors.ts';
import { noContent, text, type Answer } from '../http/answer.ts';
import { attributeText } from '../protocol/exchange.ts';
import type { ResourceSpan } from '../protocol/otlp.ts';
import { readTracesMessage } from '../protocol/traces-message.ts';
import type { BackendState } from '../state.ts';
import type { Formats } from './inject.ts';

/** What became of one span. `ignored`: its session does not record, as in Softprobe's runtime. */
type Saved = 'recorded' | 'ignored' | 'closed';

/**
 * `POST /v1/traces`: records exchanges, each under its own session. Good spans are kept when others are refused.
 */
export function save(state: BackendState, body: Buffer, formats: Formats): Answer {
  let spans: readonly ResourceSpan[];
  try {
    spans = readTracesMessage(body, formats.sent).spans;
  } catch (error) {
    return text(400, messageOf(error));
  }
  const refused: string[] = [];
  const saved = new Set<Saved>();
  for (const span of spans) {
    try {
      saved.add(saveSpan(state, span));
    } catch (error) {
      refused.push(messageOf(error));
    }
  }
  state.changes.notify();
  if (refused.length > 0) {
    state.log.warn({ refused: refused.slice(0, 5) }, 'spans refused');
    return text(400, refused.slice(0, 5).join('; '));
  }
  if (saved.has('recorded') || saved.size === 0) {
    // An empty ExportTraceServiceResponse.
    return formats.sent === 'json'
      ? { status: 200, type: 'application/json', body: '{}' }
      : { status: 200, type: 'application/x-protobuf', body: new Uint8Array() };
  }
  return saved.has('closed') ? text(404, 'the session is closed') : noContent;
}

function saveSpan({ sessions, recordings }: BackendState, span: ResourceSpan): Saved {
  const session = sessions.find(attributeText(span.span.attributes ?? [], 'sp.session.id') ?? '');
  if (session?.isClosed) return 'closed';
  if (session && session.mode !== 'capture') return 'ignored';
  recordings.save(span);
  if (session) session.stats.extractedSpans += 1;
  return 'recorded';
}
