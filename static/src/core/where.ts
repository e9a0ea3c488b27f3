/**
 * Conditions as keys of the address: the same grammar as the server's `query/text.py`, held to it by tests/cases/where.json.
 * A condition at the top is a key of its own where its field's name allows; what is nested is `_where=any(a=1;not(b=2))`.
 */

import type { Operator } from "./project.js";

export interface Condition {
  readonly field: string;
  readonly operator: string;
  readonly operands: readonly string[];
}

export type Kind = "all" | "any" | "not";

/** `not` holds where none of its parts does. */
export interface Combined {
  readonly kind: Kind;
  readonly parts: readonly Where[];
}

export type Where = Condition | Combined;
export type Pair = readonly [string, string];

/** How many operands each operator takes. */
export type Takes = Readonly<Record<string, Operator["operands"]>>;

export const isCombined = (where: Where): where is Combined => "kind" in where;

/** Tell whether a key of the address is a condition. */
export const isWhere = ([key]: Pair): boolean => key === "_where" || !key.startsWith("_");

export function takesOf(operators: Readonly<Record<string, readonly Operator[]>>): Takes {
  return Object.fromEntries(Object.values(operators).flatMap((some) => some.map(({ key, operands }) => [key, operands])));
}

/** Write a value so that no character of the grammar stands in it; `~` alone is the empty text. */
export function safe(text: string): string {
  return text.replace(/[~,;()=:!]/g, (sign) => `~${sign.charCodeAt(0).toString(16).toUpperCase()}`) || "~";
}

export function plain(text: string): string {
  if (text === "~") return "";
  return text.replace(/~([0-9A-F]{2})/g, (_, byte: string) => String.fromCharCode(Number.parseInt(byte, 16)));
}

/** Reads and writes the conditions of addresses. */
export class Grammar {
  constructor(private readonly takes: Takes) {}

  /** Every condition among the keys of an address, in their order. */
  read(pairs: readonly Pair[]): Where[] {
    return pairs.filter(isWhere).map(([key, value]) => {
      if (key === "_where") return new Reader(value, this).whole();
      const [field, operator] = this.split(key);
      return { field, operator, operands: this.operands(operator, value, false) };
    });
  }

  /** The keys of an address with other conditions in place of its own. */
  replace(pairs: readonly Pair[], wheres: readonly Where[]): Pair[] {
    return [...wheres.map((where) => this.pair(where)), ...pairs.filter((pair) => !isWhere(pair))];
  }

  pair(where: Where): Pair {
    if (!isCombined(where)) {
      const name = where.operator === "exact" ? where.field : `${where.field}__${where.operator}`;
      if (!name.startsWith("_") && this.means(name, where.field, where.operator)) return [name, this.value(where, false)];
    }
    return ["_where", this.write(where)];
  }

  split(name: string): [field: string, operator: string] {
    const at = name.lastIndexOf("__");
    const operator = name.slice(at + 2);
    return at > 0 && Object.hasOwn(this.takes, operator) ? [name.slice(0, at), operator] : [name, "exact"];
  }

  operands(operator: string, value: string, isSafe: boolean): string[] {
    const takes = this.takes[operator];
    if (takes === "none") return [];
    if (takes === "one") return [isSafe ? plain(value) : value];
    return value ? value.split(",").map(plain) : [];
  }

  private means(name: string, field: string, operator: string): boolean {
    const [first, second] = this.split(name);
    return first === field && second === operator;
  }

  private write(where: Where): string {
    if (isCombined(where)) return `${where.kind}(${where.parts.map((part) => this.write(part)).join(";")})`;
    const field = safe(where.field);
    const isPlain = where.operator === "exact" && this.means(field, field, "exact");
    return `${field}${isPlain ? "" : `__${where.operator}`}=${this.value(where, true)}`;
  }

  private value({ operator, operands }: Condition, isSafe: boolean): string {
    const takes = this.takes[operator];
    if (takes === "none") return "1";
    if (takes === "one") return isSafe ? safe(operands[0] ?? "") : (operands[0] ?? "");
    return operands.map(safe).join(",");
  }
}

/** Reads the compact form from left to right. */
class Reader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly grammar: Grammar,
  ) {}

  whole(): Where {
    const where = this.where();
    if (this.at !== this.text.length) throw this.fault();
    return where;
  }

  private where(): Where {
    const token = /(all|any|not)\(|([^();=]+)=([^();]*)/y;
    token.lastIndex = this.at;
    const match = token.exec(this.text);
    if (!match) throw this.fault();
    this.at = token.lastIndex;
    const [, kind, name, value] = match;
    if (!kind) {
      const [field, operator] = this.grammar.split(name!);
      return { field: plain(field), operator, operands: this.grammar.operands(operator, value!, true) };
    }
    const parts: Where[] = [];
    while (this.text[this.at] !== ")") {
      if (parts.length) this.expect(";");
      parts.push(this.where());
    }
    this.expect(")");
    return { kind: kind as Kind, parts };
  }

  private expect(sign: string): void {
    if (this.text[this.at] !== sign) throw this.fault();
    this.at += 1;
  }

  private fault(): Error {
    return new Error(`\`_where\` cannot be read from \`${this.text.slice(this.at, this.at + 30)}\` on`);
  }
}
