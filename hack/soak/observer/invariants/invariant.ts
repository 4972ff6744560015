import type { Picture } from '../picture.ts';

/** Something that holds at every moment, whatever fails. */
export interface Invariant {
  readonly name: string;
  /** @returns what contradicts it in a picture, a line for each object. */
  violations(picture: Picture): string[];
}
