import type { AcceptedWrite } from '../api-proxy.ts';

/** Who holds the Lease from a moment on; undefined: nobody. */
interface Leader {
  readonly process: string | undefined;
  readonly since: number;
}

/** Writes that are kept to be shown. */
const lastMax = 20;

const leasePath = /\/apis\/coordination\.k8s\.io\/v1\/namespaces\/[^/]+\/leases/;

/**
 * Sees every write that the API server accepted, and that one process alone acts: whoever writes holds the Lease. A write that
 * arrived before the next leader had its Lease confirmed is the former leader's right.
 */
export class WriteLog {
  /** Writes but those of the Lease. */
  writes = 0;
  /** The last of them, as text. */
  readonly #last: string[] = [];
  readonly #leaders: Leader[] = [];
  readonly #violated: (violation: string) => void;

  constructor(violated: (violation: string) => void) {
    this.#violated = violated;
  }

  accept(write: AcceptedWrite): void {
    const { sender, arrivedAt, method, path } = write;
    if (leasePath.test(path)) return this.#lease(write);
    this.writes += 1;
    this.#last.push(`${sender}: ${method} ${path}`);
    if (this.#last.length > lastMax) this.#last.shift();
    const leader = this.#leaders.findLast(({ since }) => since < arrivedAt);
    if (leader?.process === sender) return;
    this.#violated(
      `two actors: ${sender} sent ${method} ${path} while ${leader?.process ?? 'nobody'} held the Lease`,
    );
  }

  /** What was written after so many writes. */
  after(writes: number): string[] {
    return writes === this.writes ? [] : this.#last.slice(writes - this.writes);
  }

  /** The process that holds the Lease, as far as is known. */
  leader(): string | undefined {
    return this.#leaders.at(-1)?.process;
  }

  /** How often the Lease changed hands. */
  get takeovers(): number {
    return this.#leaders.length;
  }

  #lease({ body, answeredAt }: AcceptedWrite): void {
    const { spec } = JSON.parse(body.toString()) as { spec?: { holderIdentity?: string } };
    // The identity is the name of the process and eight digits.
    const process = spec?.holderIdentity?.replace(/-[0-9a-f]{8}$/, '') || undefined;
    if (this.#leaders.length === 0 || this.leader() !== process) {
      this.#leaders.push({ process, since: answeredAt });
    }
  }
}
