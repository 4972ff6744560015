import { listMembers } from './header-values.ts';

interface Preference {
  /** In lower case. */
  readonly value: string;
  readonly quality: number;
}

/** Members of Accept or Accept-Encoding. */
function preferences(field: string): Preference[] {
  return listMembers(field.toLowerCase()).map((member) => {
    const [value = '', ...parameters] = member.split(';').map((part) => part.trim());
    const quality = parameters.find((parameter) => /^q\s*=/.test(parameter))?.replace(/^q\s*=\s*/, '');
    return { value, quality: quality === undefined ? 1 : Number(quality) || 0 };
  });
}

/**
 * Whether a client that sent this Accept-Encoding can read the content coding. Without the field it is taken to read
 * no coding: RFC 9110, section 12.5.3, allows any, but curl and most libraries decode only what they asked for.
 */
export function acceptsEncoding(
  acceptEncoding: string | undefined,
  contentEncoding: string | undefined,
): boolean {
  const accepted = preferences(acceptEncoding ?? '');
  const qualityOf = (coding: string) => accepted.find(({ value }) => value === coding)?.quality;
  return listMembers((contentEncoding ?? 'identity').toLowerCase()).every((coding) => {
    // `x-gzip` is another name of gzip (RFC 9110, section 8.4.1.3).
    const name = coding.replace(/^x-/, '');
    return (qualityOf(name) ?? qualityOf(coding) ?? qualityOf('*') ?? (name === 'identity' ? 1 : 0)) > 0;
  });
}

/** Whether Accept allows the media type; the most specific range decides (RFC 9110, section 12.5.1). */
export function acceptsType(accept: string | undefined, contentType: string | undefined): boolean {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase();
  if (accept === undefined || !type) return true;
  const ranges = [type, `${type.split('/', 1)[0]}/*`, '*/*'];
  const accepted = preferences(accept);
  if (accepted.length === 0) return true;
  for (const range of ranges) {
    const found = accepted.filter(({ value }) => value === range);
    if (found.length > 0) return found.some(({ quality }) => quality > 0);
  }
  return false;
}
