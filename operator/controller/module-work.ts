import { AgentError } from '../api/errors.ts';
import type { Reason } from '../api/reasons.ts';
import type { ProducedModule } from '../artifact/check/inspect.ts';
import { inTurn } from '../artifact/sandbox/turn.ts';
import type { WantedModule } from '../artifact/sources/source.ts';
import { FairSlots } from '../cluster/fair-slots.ts';

/** The group of what all namespaces use. A name has no slash, so that it is nobody's. */
export const sharedGroup = '/';

const limits: readonly Reason[] = ['CompileLimitExceeded', 'ModuleTooLarge'];
const slow = {
  except: sharedGroup,
  isLimit: (error: unknown) => error instanceof AgentError && limits.includes(error.reason),
};

const slots = {
  /** What is made takes a core for seconds, and some hundred MiB. The chart's memory limit is for so many. */
  make: { total: 3, perGroup: 1, slow: { ...slow, slots: 1, afterCpuSeconds: 6 } },
  /** A fetch mostly waits; its bytes stay in memory until they had their turn to be checked. */
  fetch: { total: 4, perGroup: 1, slow: { ...slow, slots: 2 } },
} as const;

/** A server that holds a fetch for longer is slow. */
const slowFetchMilliseconds = 10_000;

type SlotKind = keyof typeof slots;

export interface WorkOptions {
  /** A namespace, or `sharedGroup`: who waits and fails together. */
  readonly group: string;
  /** Asked when the turn has come. */
  readonly isWanted: () => boolean;
}

/** Builds and fetches, so that no namespace waits for the work of others longer than it must. */
export class ModuleWork {
  readonly #clock: () => number;
  readonly #slots: Readonly<Record<SlotKind, FairSlots>>;

  /** @param clock monotonic, in milliseconds. */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#slots = {
      make: new FairSlots({ ...slots.make, clock }),
      fetch: new FairSlots({ ...slots.fetch, clock }),
    };
  }

  /** @returns undefined: it was not wanted any more. @throws {AgentError} */
  async produce(wanted: WantedModule, options: WorkOptions): Promise<ProducedModule | undefined> {
    const { group, isWanted } = options;
    const { fetch } = wanted;
    if (!fetch) return this.#make(group, () => (isWanted() ? wanted.make(new Uint8Array()) : undefined));
    return this.#slots.fetch.run(group, async () => {
      if (!isWanted()) return undefined;
      const fetched = await this.#fetch(group, fetch);
      // The slot is kept meanwhile, so that few wait in memory.
      return this.#make(group, () => wanted.make(fetched));
    });
  }

  /** The group's modules are refused because of a limit that lies elsewhere, such as the store's. */
  markSlow(group: string): void {
    this.#slots.make.markSlow(group);
  }

  /** Starts no more work. What is in progress ends with the process; the next one starts it again. */
  close(): void {
    for (const kind of Object.values(this.#slots)) kind.close();
  }

  async #fetch(group: string, fetch: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const began = this.#clock();
    try {
      return await fetch();
    } finally {
      if (this.#clock() - began > slowFetchMilliseconds) this.#slots.fetch.markSlow(group);
    }
  }

  #make(group: string, job: () => Promise<ProducedModule> | undefined): Promise<ProducedModule | undefined> {
    return this.#slots.make.run(group, (turn) => inTurn(turn, async () => job()));
  }
}
