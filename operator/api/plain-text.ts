/** Of a message in a status, an event or a log. Two dozen of them and the rest of a status stay far below what etcd takes. */
const messageBytesMax = 4096;

/** A status whose texts are all plain and short, wherever they come from: one that is too long could never be written again. */
export function plainStatus<T>(status: T): T {
  const text = JSON.stringify(status, (_, value: unknown) =>
    typeof value === 'string' ? plainText(value) : value,
  );
  return JSON.parse(text) as T;
}

const ellipsis = '…';
const ellipsisBytes = 3;

/**
 * Text that others wrote, as people may be shown it: without control characters but the line end, which could rewrite a terminal,
 * and without characters that are invisible or turn the direction of writing; cut to a number of bytes in UTF-8.
 */
export function plainText(text: string, bytesMax: number = messageBytesMax): string {
  // A UTF-16 unit takes at least one byte: what follows would be cut, and need not be looked at.
  const beginning = text.length > bytesMax ? text.slice(0, bytesMax + 1) : text;
  const plain = beginning
    .toWellFormed()
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/(?!\n)[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replaceAll(/\p{Cf}/gu, '');
  return text.length > bytesMax ? cut(`${plain}${ellipsis}`, bytesMax) : cut(plain, bytesMax);
}

function cut(text: string, bytesMax: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= bytesMax) return text;
  // Decoding as a stream leaves out the character that the cut went through.
  const decoder = new TextDecoder();
  return decoder.decode(bytes.subarray(0, bytesMax - ellipsisBytes), { stream: true }) + ellipsis;
}
