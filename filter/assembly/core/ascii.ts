// The bytes that the filter looks for, by name (ASCII, RFC 20).
export const BACKSPACE: u32 = 8;
export const TAB: u32 = 9;
export const LINE_FEED: u32 = 10;
export const VERTICAL_TAB: u32 = 11;
export const FORM_FEED: u32 = 12;
export const CARRIAGE_RETURN: u32 = 13;
export const SPACE: u32 = 32;
export const QUOTE: u32 = 34;
export const HASH: u32 = 35;
export const DOLLAR: u32 = 36;
export const PERCENT: u32 = 37;
export const AMPERSAND: u32 = 38;
export const OPEN_PARENTHESIS: u32 = 40;
export const CLOSE_PARENTHESIS: u32 = 41;
export const ASTERISK: u32 = 42;
export const PLUS: u32 = 43;
export const COMMA: u32 = 44;
export const DASH: u32 = 45;
export const DOT: u32 = 46;
export const SLASH: u32 = 47;
export const DIGIT_0: u32 = 48;
export const COLON: u32 = 58;
export const SEMICOLON: u32 = 59;
export const EQUALS: u32 = 61;
export const QUESTION_MARK: u32 = 63;
export const UPPER_A: u32 = 65;
export const OPEN_BRACKET: u32 = 91;
export const BACKSLASH: u32 = 92;
export const CLOSE_BRACKET: u32 = 93;
export const CARET: u32 = 94;
export const UNDERSCORE: u32 = 95;
export const LOWER_A: u32 = 97;
export const LOWER_B: u32 = 98;
export const LOWER_D: u32 = 100;
export const LOWER_E: u32 = 101;
export const LOWER_F: u32 = 102;
export const LOWER_N: u32 = 110;
export const LOWER_R: u32 = 114;
export const LOWER_S: u32 = 115;
export const LOWER_T: u32 = 116;
export const LOWER_U: u32 = 117;
export const LOWER_V: u32 = 118;
export const LOWER_W: u32 = 119;
export const LOWER_X: u32 = 120;
export const OPEN_BRACE: u32 = 123;
export const PIPE: u32 = 124;
export const CLOSE_BRACE: u32 = 125;
export const DELETE: u32 = 127;

// @ts-ignore: decorator
@inline
export function isDigit(byte: u32): bool {
  return byte - DIGIT_0 < 10;
}

/** Whether the byte is a letter of either case. */
// @ts-ignore: decorator
@inline
export function isLetter(byte: u32): bool {
  return (byte | 32) - LOWER_A < 26;
}
