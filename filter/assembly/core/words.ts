// Lists of lower-case words in one constant, separated by blanks.
import { SPACE } from './ascii';
import { Slice, indexOf, len, part, sameLower } from './bytes';

// A cursor for the whole module: lists are never read inside each other.
let list: Slice = 0;
let place: u32 = 0;

/** The word that `nextWord` found. */
export let word: Slice = 0;

export function openWords(words: Slice): void {
  list = words;
  place = 0;
}

/** Moves to the next word; false at the end. */
export function nextWord(): bool {
  if (place >= len(list)) return false;
  const end = indexOf(list, SPACE, place);
  word = part(list, place, end);
  place = end + 1;
  return true;
}

/** The word with this index, from 0; the last one where there are fewer. */
export function wordAt(words: Slice, index: u32): Slice {
  openWords(words);
  for (let i: u32 = 0; i <= index; i++) nextWord();
  return word;
}

/** Whether the bytes are one of the words, letters of either case alike. */
export function isWord(words: Slice, bytes: Slice): bool {
  openWords(words);
  while (nextWord()) {
    if (sameLower(bytes, word)) return true;
  }
  return false;
}
