/**
 * Conditions as keys of the address: the same grammar as the server's `query/text.py`, held to it by tests/cases/where.json.
 * A condition at the top is a key of its own; what is nested is `_where=any(a=1;not(b=2))`.
 */

import { escaped, keyName, readName, unescaped } from "./names.js";
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

/** Reads and writes the conditions of addresses. */
export class Grammar {
  constructor(private readonly takes: Takes) {}

  /** Every condition among the keys of an address, in their order. */
  read(pairs: readonly Pair[]): Where[] {
    return pairs.filter(isWhere).map(([key, value]) => {
      if (key === "_where") return new Reader(value, this).whole();
      const [field, operator] = this.split(key);
      return { field: readName(field), operator, operands: this.operands(operator, value, false) };
    });
  }

  /** The keys of an address with other conditions in place of its own. */
  replace(pairs: readonly Pair[], wheres: readonly Where[]): Pair[] {
    return [...wheres.map((where) => this.pair(where)), ...pairs.filter((pair) => !isWhere(pair))];
  }

  pair(where: Where): Pair {
    if (isCombined(where)) return ["_where", this.write(where)];
    return [this.key(keyName(where.field), where.operator), this.value(where, false)];
  }

  split(name: string): [field: string, operator: string] {
    const at = name.lastIndexOf("__");
    const operator = name.slice(at + 2);
    return at > 0 && Object.hasOwn(this.takes, operator) ? [name.slice(0, at), operator] : [name, "exact"];
  }

  operands(operator: string, value: string, isSafe: boolean): string[] {
    const takes = this.takes[operator];
    if (takes === "none") return [];
    if (takes === "one") return [isSafe ? unescaped(value) : value];
    return value ? value.split(",").map(unescaped) : [];
  }

  /** Join a field's name, as it is written, with an operator; one that ends like an operator has its own named. */
  private key(name: string, operator: string): string {
    return operator === "exact" && this.split(name)[0] === name ? name : `${name}__${operator}`;
  }

  private write(where: Where): string {
    if (isCombined(where)) return `${where.kind}(${where.parts.map((part) => this.write(part)).join(";")})`;
    return `${this.key(escaped(where.field), where.operator)}=${this.value(where, true)}`;
  }

  private value({ operator, operands }: Condition, isSafe: boolean): string {
    const takes = this.takes[operator];
    if (takes === "none") return "1";
    if (takes === "one") return isSafe ? escaped(operands[0] ?? "") : (operands[0] ?? "");
    return operands.map(escaped).join(",");
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
      return { field: readName(field), operator, operands: this.grammar.operands(operator, value!, true) };
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
