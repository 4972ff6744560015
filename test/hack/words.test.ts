import assert from 'node:assert/strict';
import { bannedWords } from '../../hack/words/banned-words.ts';

describe('the check of words', () => {
  it('names line, word and what to write', () => {
    assert.deepEqual(bannedWords('A plain line.\nThe user is told so.'), [
      { line: 2, word: 'told', instead: 'report, show, print, name, log' },
    ]);
  });

  for (const text of [
    'It goes on.',
    'a name that is none',
    'rolled out whole',
    'It shall have',
    'built Anew',
  ]) {
    it(`finds the idiom in "${text}"`, () => assert.equal(bannedWords(text).length, 1));
  }

  for (const text of ['a whole number', 'there is none', 'recommend', 'stand-in', 'category on demand']) {
    it(`accepts "${text}"`, () => assert.deepEqual(bannedWords(text), []));
  }
});
