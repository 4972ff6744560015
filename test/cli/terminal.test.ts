import assert from 'node:assert/strict';
import { screenText } from '../../operator/cli/terminal.ts';

describe('a screen that is drawn again', () => {
  const visible = (text: string) => text.replaceAll(/\u001b\[\??[0-9]*[A-Za-z]/g, '');

  it('is written over from the top, each line to its end, without being cleared first', () => {
    const text = screenText('one\ntwo\n', 24);
    assert.ok(text.startsWith('\u001b[H'));
    assert.doesNotMatch(text, /\u001b\[2J/);
    assert.match(text, /one\u001b\[K\ntwo\u001b\[K\n\u001b\[J/);
  });

  it('is cut off at the height of the terminal, with the number of lines that are missing', () => {
    assert.equal(visible(screenText('1\n2\n3\n4\n5\n', 5)), '1\n2\n3\n… 2 more lines\n');
    assert.equal(visible(screenText('1\n2\n3\n4\n', 5)), '1\n2\n3\n4\n');
  });

  it('keeps control characters of the cluster away from the terminal', () => {
    assert.ok(screenText('a\u001b]0;title\u0007', 5).includes('a\ufffd]0;title\ufffd'));
  });
});
