/** A value of a JSON text (RFC 8259). */
export class Json {
  /** `null`, `true`, `false`, `number`, `string`, `array` or `object`. */
  kind: string = 'null';
  text: string = '';
  number: f64 = 0;
  /** Of an array, or of an object by the place of its name. */
  items: Json[] = [];
  names: string[] = [];

  /** A member of an object; null where there is none. The last of several counts. */
  get(name: string): Json | null {
    const index = this.names.lastIndexOf(name);
    return index < 0 ? null : this.items[index];
  }
}

/** Null where the text is not JSON, or is nested more than 32 levels deep. */
export function parseJson(text: string): Json | null {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.skipBlanks();
  return parser.failed || parser.place < text.length ? null : value;
}

const depthMax = 32;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const LOWER_U = 0x75;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

class Parser {
  place: i32 = 0;
  failed: bool = false;

  constructor(private text: string) {}

  skipBlanks(): void {
    while (isBlank(this.peek())) this.place++;
  }

  value(depth: i32): Json {
    this.skipBlanks();
    const json = new Json();
    const first = this.peek();
    if (depth > depthMax) this.failed = true;
    else if (first == OPEN_BRACE) this.members(json, depth);
    else if (first == OPEN_BRACKET) this.elements(json, depth);
    else if (first == QUOTE) {
      json.kind = 'string';
      json.text = this.string();
    } else if (!this.word(json, 'true') && !this.word(json, 'false') && !this.word(json, 'null'))
      this.number(json);
    return json;
  }

  private members(json: Json, depth: i32): void {
    json.kind = 'object';
    this.place++;
    if (this.takes(CLOSE_BRACE)) return;
    do {
      this.skipBlanks();
      if (this.peek() != QUOTE) this.failed = true;
      if (this.failed) return;
      json.names.push(this.string());
      if (!this.takes(COLON)) this.failed = true;
      json.items.push(this.value(depth + 1));
    } while (!this.failed && this.takes(COMMA));
    if (!this.takes(CLOSE_BRACE)) this.failed = true;
  }

  private elements(json: Json, depth: i32): void {
    json.kind = 'array';
    this.place++;
    if (this.takes(CLOSE_BRACKET)) return;
    do json.items.push(this.value(depth + 1));
    while (!this.failed && this.takes(COMMA));
    if (!this.takes(CLOSE_BRACKET)) this.failed = true;
  }

  private word(json: Json, word: string): bool {
    if (this.text.substring(this.place, this.place + word.length) != word) return false;
    json.kind = word;
    this.place += word.length;
    return true;
  }

  private number(json: Json): void {
    const start = this.place;
    while (isOfNumber(this.peek())) this.place++;
    const digits = this.text.substring(start, this.place);
    json.kind = 'number';
    json.number = F64.parseFloat(digits);
    if (!digits.length || isNaN(json.number)) this.failed = true;
  }

  private string(): string {
    this.place++;
    let text = '';
    let start = this.place;
    while (this.place < this.text.length && this.peek() != QUOTE) {
      if (this.peek() == BACKSLASH) {
        text += this.text.substring(start, this.place) + this.escape();
        start = this.place;
      } else this.place++;
    }
    text += this.text.substring(start, this.place);
    if (!this.takes(QUOTE)) this.failed = true;
    return text;
  }

  private escape(): string {
    const code = this.place + 1 < this.text.length ? this.text.charCodeAt(this.place + 1) : 0;
    this.place += 2;
    if (code == LOWER_U) {
      const unit = I32.parseInt(this.text.substring(this.place, this.place + 4), 16);
      this.place += 4;
      return String.fromCharCode(unit);
    }
    const index = 'bfnrt"\\/'.indexOf(String.fromCharCode(code));
    if (index < 0) this.failed = true;
    return index < 0 ? '' : '\b\f\n\r\t"\\/'.charAt(index);
  }

  private takes(code: i32): bool {
    this.skipBlanks();
    if (this.peek() != code) return false;
    this.place++;
    return true;
  }

  private peek(): i32 {
    return this.place < this.text.length ? this.text.charCodeAt(this.place) : 0;
  }
}

function isBlank(code: i32): bool {
  return code == 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** Digits, signs, the point and the exponent. */
function isOfNumber(code: i32): bool {
  return (
    (code >= 0x30 && code <= 0x39) || code == 0x2b || code == 0x2d || code == 0x2e || (code | 32) == 0x65
  );
}
