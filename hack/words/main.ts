/** The step `words` of `npm run check`: finds words in the sources and the documentation that the glossary replaces. */
import { globSync, readFileSync } from 'node:fs';
import { commandLine } from '../command-line.ts';
import { bannedWords } from './banned-words.ts';

const patterns = ['*.md', '{operator,filter,hack,test,docs,charts}/**/*.{ts,mjs,md,yaml,txt,tpl}'];

/** They show the words, or come from elsewhere. */
const exempt = [
  'docs/glossary.md',
  'hack/words/banned-words.ts',
  'test/hack/words.test.ts',
  'hack/tools/go/',
];

commandLine('npm run check', 'Find words that docs/glossary.md replaces').parse();

const files = globSync(patterns).filter((path) => !exempt.some((prefix) => path.startsWith(prefix)));
const found = files.flatMap((path) =>
  bannedWords(readFileSync(path, 'utf8')).map(
    ({ line, word, instead }) => `${path}:${line}: "${word}": write ${instead}`,
  ),
);
for (const text of found) console.error(text);
process.exitCode = found.length === 0 ? 0 : 1;
