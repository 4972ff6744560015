import type { Lookup } from './lookups.ts';
import type { RecordingSummary } from './recordings.ts';

export interface BackendView {
  /** Of all recordings, also those not listed. */
  readonly count: number;
  readonly hits: number;
  readonly misses: number;
  readonly recordings: readonly RecordingSummary[];
  readonly lookups: readonly Lookup[];
}

const style = `
  :root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; }
  body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0; }
  h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
  .note { opacity: .7; margin: .2rem 0 1rem; }
  .counts span { display: inline-block; margin-right: 2rem; }
  .counts b { font-size: 1.5rem; display: block; font-variant-numeric: tabular-nums; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
  th { font-weight: 600; }
  td.path { word-break: break-all; font-family: ui-monospace, monospace; }
  .hit { color: #1a7f37; } .miss { color: #b35900; }`;

/** The page at `/`: recordings and lookups, newest first. It asks for itself anew every two seconds. */
export function renderPage(view: BackendView): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="2">
<meta name="viewport" content="width=device-width">
<title>SP Agent development backend</title>
<style>${style}</style>
<h1>SP Agent development backend</h1>
<p class="note">For development and tests: recordings lie on this machine’s disk, and whoever reaches this port can read
them. The hosted Softprobe service is another thing.</p>
<p class="counts"><span><b>${view.count}</b>recordings</span><span><b>${view.hits}</b>hits</span>
<span><b>${view.misses}</b>misses since the start</span></p>
<h2>Lookups</h2>
${table(['Time', 'Answer', 'Session', 'Service', 'Request'], view.lookups.map(lookupRow))}
<h2>Recordings</h2>
${table(['Time', 'Status', 'Session', 'Service', 'Request', 'Bytes'], view.recordings.map(recordingRow))}
</html>
`;
}

function lookupRow(lookup: Lookup): string {
  const answer =
    lookup.recordingId === undefined
      ? '<td class="miss">miss</td>'
      : `<td class="hit">hit, <a href="/api/recordings/${lookup.recordingId}">#${lookup.recordingId}</a></td>`;
  return `<td>${clockTime(lookup.at)}</td>${answer}${requestCells(lookup)}`;
}

function recordingRow(recording: RecordingSummary): string {
  const status = `${recording.status}${recording.truncated ? ' (cut, never replayed)' : ''}`;
  return `<td>${clockTime(recording.recordedAt)}</td><td>${status}</td>${requestCells(recording)}<td><a
href="/api/recordings/${recording.id}">${recording.sizeBytes}</a></td>`;
}

function requestCells(request: Lookup | RecordingSummary): string {
  const line = `${request.method} ${request.host}${request.path}`;
  return `<td>${escapeHtml(request.session)}</td><td>${escapeHtml(request.service)} ${escapeHtml(request.direction)}</td>
<td class="path">${escapeHtml(line)}</td>`;
}

function table(headings: string[], rows: string[]): string {
  if (rows.length === 0) return '<p class="note">None yet.</p>';
  const head = headings.map((heading) => `<th>${heading}</th>`).join('');
  return `<table><tr>${head}</tr>\n${rows.map((row) => `<tr>${row}</tr>`).join('\n')}\n</table>`;
}

function clockTime(rfc3339: string): string {
  return escapeHtml(rfc3339.slice(11, 23));
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? '');
}
