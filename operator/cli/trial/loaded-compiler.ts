import { startCompiler, type Compiler } from '../../artifact/compiler/compile.ts';
import type { CompileJob } from '../../artifact/compiler/job.ts';

/** Builds again and again, each time in a process of its own, which is loaded before its build begins. */
export class LoadedCompiler implements Disposable {
  #waiting: Compiler | undefined;
  #isDisposed = false;

  constructor() {
    this.prepare();
  }

  /** Loads a compiler for the next build, if none waits for it. */
  prepare(): void {
    if (!this.#isDisposed) this.#waiting ??= startCompiler();
  }

  /** @throws {AgentError} as `compile` does. */
  async compile(job: CompileJob): Promise<Uint8Array> {
    using compiler = this.#waiting ?? startCompiler();
    this.#waiting = undefined;
    return await compiler.compile(job);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#waiting?.[Symbol.dispose]();
  }
}
