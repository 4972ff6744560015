import { addressOut, at, bytesOf, returnedBytes, sizeOut, textOf } from './host';
import { proxy_get_buffer_bytes, proxy_set_buffer_bytes } from './imports';

/**
 * The part of a body that a callback is about; it cannot be used outside of it. After `Step.Continue` it is the next part. After
 * `Step.Hold` it is all that has been held, with the next part behind it.
 */
export class Body {
  /** @param buffer proxy-wasm's number of the buffer. */
  constructor(
    private buffer: u32,
    public size: u32,
  ) {}

  bytes(): ArrayBuffer {
    const result = proxy_get_buffer_bytes(this.buffer, 0, this.size, addressOut(), sizeOut());
    const bytes = returnedBytes(result);
    return bytes === null ? new ArrayBuffer(0) : bytes;
  }

  /** As UTF-8. A part can end in the middle of a character: hold the body to read it as one. */
  text(): string {
    return textOf(this.bytes());
  }

  /** Puts other bytes in the place of these. Remove `content-length` from the headers before they are sent. */
  replaceBytes(bytes: ArrayBuffer): void {
    proxy_set_buffer_bytes(this.buffer, 0, this.size, at(bytes), bytes.byteLength);
    this.size = bytes.byteLength;
  }

  replace(text: string): void {
    this.replaceBytes(bytesOf(text));
  }
}
