import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, inflateRaw, zstdDecompress } from 'node:zlib';
import { fieldValue, listMembers } from '../match/header-values.ts';
import type { Body, Headers } from '../protocol/exchange.ts';

/** A body as a person reads it. */
export interface BodyView {
  readonly kind: 'empty' | 'json' | 'text' | 'image' | 'binary';
  /** Text, indented JSON, a `data:` URL of an image, or a hex dump. */
  readonly text: string;
  /** As transferred. */
  readonly sizeBytes: number;
  /** For instance `gzip, 1234 bytes decoded`; empty when there is nothing to add. */
  readonly note: string;
}

/** Of a decoded body; more is shown in part. */
const shownMax = 256 * 1024;
/** A body may unpack to much more than it was; more than this is not unpacked. Bytes. */
const decodedMax = 8 * 1024 * 1024;
const hexBytesMax = 1024;

/** SVG is safe as an image: scripts in it do not run there. */
const imageTypes = /^image\/(png|jpeg|gif|webp|avif|svg\+xml|bmp|x-icon|vnd\.microsoft\.icon)$/;

export async function viewBody(body: Body | undefined, headers: Headers): Promise<BodyView> {
  if (!body || body.bytes.length === 0) {
    return { kind: 'empty', text: '', sizeBytes: 0, note: body?.truncated ? 'not recorded' : '' };
  }
  const { bytes, notes } = await decodeBody(body, headers);
  const type = fieldValue(headers, 'content-type')?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const note = [body.truncated ? 'incomplete: only the beginning was recorded' : '', ...notes];
  const view = (kind: BodyView['kind'], text: string, more = ''): BodyView => ({
    kind,
    text: text.slice(0, shownMax),
    sizeBytes: body.bytes.length,
    note: [...note, more, text.length > shownMax ? `only the first ${shownMax} characters are shown` : '']
      .filter((part) => part !== '')
      .join('; '),
  });
  if (imageTypes.test(type) && bytes.length <= shownMax) {
    return { ...view('image', ''), text: `data:${type};base64,${Buffer.from(bytes).toString('base64')}` };
  }
  const text = textOf(bytes, headers);
  if (text === undefined) return view('binary', hexDump(bytes), 'hexadecimal, the beginning');
  const pretty = /[/+]json$/.test(type) || /^\s*[[{]/.test(text) ? prettyJson(text) : undefined;
  return pretty === undefined ? view('text', text) : view('json', pretty);
}

const decoders = new Map<string, (bytes: Uint8Array) => Promise<Buffer>>(
  Object.entries({
    gzip: (bytes) => promisify(gunzip)(bytes, { maxOutputLength: decodedMax }),
    // Some servers send the raw form.
    deflate: (bytes) =>
      promisify(inflate)(bytes, { maxOutputLength: decodedMax }).catch(() =>
        promisify(inflateRaw)(bytes, { maxOutputLength: decodedMax }),
      ),
    br: (bytes) => promisify(brotliDecompress)(bytes, { maxOutputLength: decodedMax }),
    zstd: (bytes) => promisify(zstdDecompress)(bytes, { maxOutputLength: decodedMax }),
  }),
);

/** The bytes without their content coding, or as they are where it is unknown or does not fit. */
export async function decodeBody(
  { bytes }: Body,
  headers: Headers,
): Promise<{ readonly bytes: Uint8Array; readonly isDecoded: boolean; readonly notes: readonly string[] }> {
  const codings = listMembers((fieldValue(headers, 'content-encoding') ?? '').toLowerCase());
  let decoded = bytes;
  // RFC 9110, section 8.4: in the order in which they were applied.
  for (const coding of codings.reverse().slice(0, 4)) {
    const decoder = decoders.get(coding.replace(/^x-/, ''));
    if (!decoder)
      return coding === 'identity'
        ? { bytes, isDecoded: true, notes: [] }
        : { bytes, isDecoded: false, notes: [`${coding.slice(0, 30)}, not decoded`] };
    try {
      decoded = await decoder(decoded);
    } catch {
      return { bytes, isDecoded: false, notes: [`${coding}, could not be decoded`] };
    }
  }
  return {
    bytes: decoded,
    isDecoded: true,
    notes: codings.length > 0 ? [`${codings.join(', ')}, ${decoded.length} bytes decoded`] : [],
  };
}

function textOf(bytes: Uint8Array, headers: Headers): string | undefined {
  const [, charset = 'utf-8'] =
    /;\s*charset="?([\w:.-]{1,40})/i.exec(fieldValue(headers, 'content-type') ?? '') ?? [];
  let text;
  try {
    text = new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
  // Control characters other than tab and line ends mean that it is not text, whatever its content type.
  return /[\u0000-\u0008\u000e-\u001a]/.test(text) ? undefined : text;
}

function prettyJson(text: string): string | undefined {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return undefined;
  }
}

function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < Math.min(bytes.length, hexBytesMax); at += 16) {
    const row = [...bytes.slice(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const shown = row.map((byte) => (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${shown}`);
  }
  return lines.join('\n');
}
