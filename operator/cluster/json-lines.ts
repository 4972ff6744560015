/** Longest line taken, in characters. etcd keeps no object above 1.5 MiB; JSON may write a byte in six characters. */
const lineLengthMax = 16 * 1024 * 1024;

/**
 * The JSON values of a stream with one per line. Bytes are put together across chunks, in order; a last line without its end
 * is dropped, as the server was cut off in it.
 * @param heard is called for every chunk.
 */
export async function* jsonLines<T>(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  heard: () => void,
): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    heard();
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > lineLengthMax) throw new Error(`a line is longer than ${lineLengthMax} characters`);
    for (const line of lines) {
      if (line.trim() !== '') yield JSON.parse(line) as T;
    }
  }
}
