import assert from 'node:assert/strict';
import { styleText } from 'node:util';
import { terminalText } from '../../operator/cli/terminal-text.ts';

describe('text from the cluster on a terminal', () => {
  it('moves no cursor, sets no title, hides nothing and turns no direction', () => {
    const hostile = 'a\u001b[2Jb\u001b]0;title\u0007c\u001b[8md\u009b31me\rf\u202eg';
    assert.equal(terminalText(hostile), 'a\ufffd[2Jb\ufffd]0;title\ufffdc\ufffd[8md\ufffd31me\ufffdf\ufffdg');
  });

  it('keeps its lines and the colours of spagent', () => {
    const styles = ['green', 'red', 'yellow', 'dim', 'bold'] as const;
    const lines = styles.map((style) => styleText(style, 'text', { validateStream: false })).join('\n\t');
    assert.equal(terminalText(lines), lines);
  });
});
