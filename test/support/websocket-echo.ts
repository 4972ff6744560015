import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const closeOpcode = 8;

/**
 * The server's side of a WebSocket (RFC 6455) that sends each frame back, and ends after one that closes. Only what a test's
 * client sends: masked frames below 64 KiB.
 */
export async function echoWebSocket(request: IncomingMessage, socket: Duplex): Promise<void> {
  const key = request.headers['sec-websocket-key'] ?? '';
  const accept = hash('sha1', `${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`, 'base64');
  socket.write(
    'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\n' +
      `sec-websocket-accept: ${accept}\r\n\r\n`,
  );
  let received = Buffer.alloc(0);
  for await (const chunk of socket) {
    received = Buffer.concat([received, chunk as Buffer]);
    for (let frame = firstFrame(received); frame; frame = firstFrame(received)) {
      received = received.subarray(frame.size);
      socket.write(frame.echo);
      if ((frame.echo[0]! & 15) === closeOpcode) socket.end();
    }
  }
}

/** The frame at the beginning as a server sends it, and its size on the way here; none before it is complete. */
function firstFrame(bytes: Buffer): { readonly echo: Buffer; readonly size: number } | undefined {
  // The smallest frame has six bytes: two and the mask.
  if (bytes.length < 6) return undefined;
  const isLong = (bytes[1]! & 127) === 126;
  const length = isLong ? bytes.readUInt16BE(2) : bytes[1]! & 127;
  const maskAt = isLong ? 4 : 2;
  const size = maskAt + 4 + length;
  if (bytes.length < size) return undefined;
  const mask = bytes.subarray(maskAt, maskAt + 4);
  const payload = bytes.subarray(maskAt + 4, size).map((byte, index) => byte ^ mask[index % 4]!);
  const head = Buffer.from(bytes.subarray(0, maskAt));
  head[1]! &= 127;
  return { echo: Buffer.concat([head, payload]), size };
}
