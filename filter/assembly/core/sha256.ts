// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104).
import { Slice, at, len, slice } from './bytes';

const BLOCK_BYTES: u32 = 64;
export const HASH_BYTES: u32 = 32;
/** What `prepareHmac` writes: the states behind the inner and the outer padded key. */
export const HMAC_KEY_BYTES: u32 = 2 * HASH_BYTES;

const INNER_PAD: u8 = 0x36;
const OUTER_PAD: u8 = 0x5c;

const INITIAL = memory.data<u32>([
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
]);

const CONSTANTS = memory.data<u32>([
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
  0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
  0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
  0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
  0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
  0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
  0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
  0xc67178f2,
]);

const state = memory.data(32, 8);
const schedule = memory.data(64 * 4, 8);
/** The last block or two: what is left of the input, the end bit and the length. */
const tail = memory.data(2 * 64, 8);
const padded = memory.data(64, 8);

/** Hashes the bytes behind the state of `blocks` blocks that came before; the hash is in `state`. */
function absorb(bytes: Slice, blocks: u32): void {
  let from = at(bytes);
  let left = len(bytes);
  for (; left >= BLOCK_BYTES; left -= BLOCK_BYTES) {
    compress(from);
    from += BLOCK_BYTES;
  }
  const size: u32 = left < BLOCK_BYTES - 8 ? BLOCK_BYTES : 2 * BLOCK_BYTES;
  memory.copy(tail, from, left);
  memory.fill(tail + left, 0, size - left);
  store<u8>(tail + left, 0x80);
  const bits = (<u64>blocks * BLOCK_BYTES + len(bytes)) << 3;
  store<u64>(tail + size - 8, bswap<u64>(bits));
  compress(tail);
  if (size > BLOCK_BYTES) compress(tail + BLOCK_BYTES);
}

/** Section 6.2.2, on one block. */
function compress(from: usize): void {
  for (let i: u32 = 0; i < 16; i++) store<u32>(schedule + (i << 2), bswap<u32>(load<u32>(from + (i << 2))));
  for (let i: u32 = 16; i < 64; i++) {
    const to = schedule + (i << 2);
    const w15 = load<u32>(to - 15 * 4);
    const w2 = load<u32>(to - 2 * 4);
    const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
    const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
    store<u32>(to, load<u32>(to - 16 * 4) + s0 + load<u32>(to - 7 * 4) + s1);
  }
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  let e = load<u32>(state, 16);
  let f = load<u32>(state, 20);
  let g = load<u32>(state, 24);
  let h = load<u32>(state, 28);
  for (let i: u32 = 0; i < 256; i += 4) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const t1 = h + s1 + ((e & f) ^ (~e & g)) + load<u32>(CONSTANTS + i) + load<u32>(schedule + i);
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  add(0, a);
  add(4, b);
  add(8, c);
  add(12, d);
  add(16, e);
  add(20, f);
  add(24, g);
  add(28, h);
}

function add(offset: u32, value: u32): void {
  store<u32>(state + offset, load<u32>(state + offset) + value);
}

/** Writes the hash in the order of the wire. */
function writeHash(to: usize): void {
  for (let i: u32 = 0; i < HASH_BYTES; i += 4) store<u32>(to + i, bswap<u32>(load<u32>(state + i)));
}

export function sha256(bytes: Slice, to: usize): void {
  memory.copy(state, INITIAL, HASH_BYTES);
  absorb(bytes, 0);
  writeHash(to);
}

/** Writes what `hmac` needs of a key to `to`, so that a short message costs two blocks instead of four. */
export function prepareHmac(key: Slice, to: usize): void {
  memory.fill(padded, 0, BLOCK_BYTES);
  if (len(key) > BLOCK_BYTES) sha256(key, padded);
  else memory.copy(padded, at(key), len(key));
  prepareSide(INNER_PAD, to);
  prepareSide(INNER_PAD ^ OUTER_PAD, to + HASH_BYTES);
}

/** Adds the pad to the key in `padded`; the second side takes away the pad of the first by adding it again. */
function prepareSide(pad: u8, to: usize): void {
  for (let i: u32 = 0; i < BLOCK_BYTES; i++) store<u8>(padded + i, load<u8>(padded + i) ^ pad);
  memory.copy(state, INITIAL, HASH_BYTES);
  compress(padded);
  memory.copy(to, state, HASH_BYTES);
}

/** Writes the 32 bytes of the HMAC of a message; `key` is what `prepareHmac` wrote. */
export function hmac(key: usize, message: Slice, to: usize): void {
  memory.copy(state, key, HASH_BYTES);
  absorb(message, 1);
  writeHash(to);
  memory.copy(state, key + HASH_BYTES, HASH_BYTES);
  absorb(slice(to, HASH_BYTES), 1);
  writeHash(to);
}
