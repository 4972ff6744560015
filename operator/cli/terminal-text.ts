/** What `paint` writes: colours, and nothing that moves the cursor, hides text or sets a title. */
const colour = /(\u001b\[(?:1|2|22|31|32|33|39)m)/;

/**
 * Text as a terminal may be given it. Much of it comes from the cluster, where others write: control characters in it would rewrite
 * the screen, and characters that turn the direction of writing would make it read as something else.
 */
export function terminalText(text: string): string {
  return text
    .split(colour)
    .map((part, index) =>
      index % 2 === 1 ? part : part.replaceAll(/(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, '\ufffd'),
    )
    .join('');
}
