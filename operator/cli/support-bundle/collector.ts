import { hasCode } from '../../cluster/api-error.ts';
import { failureText } from '../failure-text.ts';
import { Redactor } from './redactor.ts';

/** A file of the bundle. */
export interface BundleFile {
  readonly path: string;
  readonly text: string;
}

/** Gathers the parts of a bundle; what cannot be read is listed instead. */
export class Collector {
  readonly redactor = new Redactor();
  readonly #parts: { readonly path: string; readonly text: string }[] = [];
  readonly #missing: string[] = [];

  addObjects(path: string, objects: unknown): void {
    this.addText(path, `${JSON.stringify(this.redactor.object(objects), null, 2)}\n`);
  }

  addText(path: string, text: string): void {
    this.#parts.push({ path, text });
  }

  /** Reads a part. One that the user may not read, or that fails, leaves the others as they are. */
  async part<T>(what: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (hasCode(error, 404)) return undefined;
      this.#missing.push(`${what}: ${failureText(error)}`);
      return undefined;
    }
  }

  /** All files, without what any object turned out to hold. */
  files(): BundleFile[] {
    const missing =
      this.#missing.length === 0 ? 'nothing\n' : this.#missing.map((line) => `${line}\n`).join('');
    return [...this.#parts, { path: 'not-read.txt', text: missing }].map(({ path, text }) => ({
      path,
      text: this.redactor.text(text),
    }));
  }
}
