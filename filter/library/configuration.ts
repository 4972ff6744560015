import { Json, parseJson } from './json';

/** What is wrong with a configuration: the first problem is kept. */
class Problems {
  first: string = '';

  add(text: string): void {
    if (!this.first.length) this.first = text;
  }
}

/**
 * The configuration of a filter: `spec.filter.config`. A value of another type, a missing one, and a name that nothing reads are
 * problems, by which the proxy refuses the filter and logs why.
 */
export class Configuration {
  /** The text as it is, whatever its form. */
  text: string;
  private json: Json;
  private read: string[] = [];
  private inner: Configuration[] = [];

  /** @param path of this object in the configuration, with a dot at its end; empty for all of it. */
  constructor(
    text: string,
    private path: string = '',
    private problems: Problems = new Problems(),
    json: Json | null = null,
  ) {
    this.text = text;
    const parsed = json === null ? parseJson(text) : json;
    this.json = parsed === null ? new Json() : parsed;
  }

  /** A required text. */
  string(name: string): string {
    const value = this.member(name, 'string', true);
    return value === null ? '' : value.text;
  }

  stringOr(name: string, otherwise: string): string {
    const value = this.member(name, 'string', false);
    return value === null ? otherwise : value.text;
  }

  /** A required number. */
  number(name: string): f64 {
    const value = this.member(name, 'number', true);
    return value === null ? 0 : value.number;
  }

  numberOr(name: string, otherwise: f64): f64 {
    const value = this.member(name, 'number', false);
    return value === null ? otherwise : value.number;
  }

  boolOr(name: string, otherwise: bool): bool {
    const value = this.member(name, 'boolean', false);
    return value === null ? otherwise : value.kind == 'true';
  }

  /** A list of texts; empty where it is absent. */
  strings(name: string): string[] {
    const texts: string[] = [];
    const value = this.member(name, 'array', false);
    if (value === null) return texts;
    for (let i = 0; i < value.items.length; i++) {
      if (value.items[i].kind != 'string') this.refuse(name, 'must be a list of strings');
      texts.push(value.items[i].text);
    }
    return texts;
  }

  /** Names of the members of an object, in their order. */
  names(): string[] {
    return this.json.names;
  }

  /** An object in this one; empty where it is absent. */
  object(name: string): Configuration {
    const value = this.member(name, 'object', false);
    const inner = new Configuration(
      '',
      this.path + name + '.',
      this.problems,
      value === null ? new Json() : value,
    );
    this.inner.push(inner);
    return inner;
  }

  /** Refuses the configuration: `refuse('limit', 'must be positive')`. */
  refuse(name: string, why: string): void {
    this.problems.add(this.path + name + ': ' + why);
  }

  /** The first problem; empty where there is none. */
  problem(): string {
    if (this.read.length || this.inner.length) this.refuseUnread();
    return this.problems.first;
  }

  private member(name: string, kind: string, isRequired: bool): Json | null {
    this.read.push(name);
    const value = this.json.get(name);
    if (value === null) {
      if (isRequired) this.refuse(name, 'is missing; it must be a ' + kind);
      return null;
    }
    const isBoolean = value.kind == 'true' || value.kind == 'false';
    if (value.kind == kind || (kind == 'boolean' && isBoolean)) return value;
    this.refuse(name, 'must be ' + (kind == 'array' || kind == 'object' ? 'an ' : 'a ') + kind);
    return null;
  }

  /** Names that nothing has read, here and in inner objects. */
  private refuseUnread(): void {
    const names = this.json.names;
    for (let i = 0; i < names.length; i++) {
      if (!this.read.includes(names[i])) this.refuse(names[i], 'unknown name');
    }
    for (let i = 0; i < this.inner.length; i++) this.inner[i].refuseUnread();
  }
}
