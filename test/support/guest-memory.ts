import { GuestMemory as HostMemory } from '../../operator/artifact/check/guest-memory.ts';

/** Linear memory with what tests look at beside the calls of a host. */
export class GuestMemory extends HostMemory {
  get size(): number {
    return this.view().byteLength;
  }

  /** One character for each byte. */
  text(at: number, size: number): string {
    return Buffer.from(this.window(at, size)).toString('latin1');
  }
}
