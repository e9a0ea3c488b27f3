import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { toggled } from "../../static/src/core/facet-toggle.js";
import { readGroupings, replaceGroupings } from "../../static/src/core/groupings.js";
import { Texts } from "../../static/src/core/i18n.js";
import type { FieldType, Operator } from "../../static/src/core/project.js";
import { Grammar, type Kind, type Pair, takesOf, type Where } from "../../static/src/core/where.js";
import { WhereWords } from "../../static/src/core/where-words.js";
import { chanceFrom } from "./chance.js";

interface Case {
  readonly query: string;
  readonly query_as_written?: string;
  readonly where: Where;
  readonly en: string;
  readonly fr: string;
}

interface Toggle {
  readonly query: string;
  readonly toggle?: [string, string | null];
  readonly exclude?: [string, string | null];
  readonly becomes: string;
}

const CASES = JSON.parse(readFileSync("tests/cases/where.json", "utf8")) as {
  types: Record<string, FieldType>;
  wheres: Case[];
  groups: Omit<Case, "where">[];
  toggles: Toggle[];
};

const OPERATORS = {
  exact: "one", not: "one", any: "list", none: "list", all: "list", contains: "one", gt: "one", gte: "one", between: "two", lastdays: "one",
  isblank: "none", notblank: "none",
} as const;
const operators: Operator[] = Object.entries(OPERATORS).map(([key, operands]) => ({ key, operands }));
const grammar = new Grammar(takesOf({ text: operators }));
const pairs = (query: string): Pair[] => [...new URLSearchParams(query)];
const text = (some: readonly Pair[]): string => new URLSearchParams(some.map(([key, value]) => [key, value])).toString();

const FIELDS = [
  ...Object.entries(CASES.types).map(([name, type], at) => ({ id: at as number | null, name, type })),
  { id: null, name: "width", type: "number" as const },
];
const WORDS = Object.fromEntries(
  (["en", "fr"] as const).map((language) => {
    const messages = JSON.parse(readFileSync(`static/locales/${language}.json`, "utf8")) as Record<string, string>;
    return [language, new WhereWords(new Texts(messages, language), FIELDS)];
  }),
) as Record<"en" | "fr", WhereWords>;

for (const { query, query_as_written: written = query, where, en, fr } of CASES.wheres) {
  test(`${query} is read, written and said as the server does`, () => {
    assert.deepEqual(grammar.read(pairs(query)), [where]);
    assert.deepEqual([grammar.pair(where)], pairs(written));
    assert.deepEqual(grammar.read([grammar.pair(where)]), [where]);
    assert.equal(WORDS.en.where(where), en);
    assert.equal(WORDS.fr.where(where), fr);
  });
}

for (const { query, en, fr } of CASES.groups) {
  test(`${query} is read, written and said as the server does`, () => {
    const groupings = readGroupings(pairs(query));
    assert.deepEqual(replaceGroupings([], groupings), pairs(query));
    assert.equal(WORDS.en.group(groupings[0]!), en);
    assert.equal(WORDS.fr.group(groupings[0]!), fr);
  });
}

for (const { query, toggle, exclude, becomes } of CASES.toggles) {
  test(`in ${query || "no query"}, ${JSON.stringify(toggle ?? exclude)} ${toggle ? "toggled" : "excluded"}`, () => {
    const [field, value] = (toggle ?? exclude)!;
    const after = toggled(grammar.read(pairs(query)), field, value, toggle ? "in" : "out");
    assert.deepEqual(grammar.replace([], after), pairs(becomes));
  });
}

test("whatever is written is read back", () => {
  const chance = chanceFrom(7);
  const some = ["Topic", "a__gt", "_odd", "x=(;)~,:!", "été 🐈", "__gt", "~"];
  const values = ["", "cat", "~", "a,b", "(x);", "50 %", "~2C", "é"];
  const pick = <T>(list: readonly T[]): T => list[chance(list.length)]!;
  const where = (depth: number): Where => {
    if (depth && chance(3) === 0) {
      const parts = Array.from({ length: chance(4) }, () => where(depth - 1));
      return { kind: pick<Kind>(["all", "any", "not"]), parts };
    }
    const operator = pick(operators);
    const count = { none: 0, one: 1, two: 2, list: chance(4) }[operator.operands];
    return { field: pick(some), operator: operator.key, operands: Array.from({ length: count }, () => pick(values)) };
  };
  for (let round = 0; round < 2_000; round++) {
    const wheres = Array.from({ length: chance(4) }, () => where(3));
    const kept: Pair[] = [["_group", "Topic"], ["_search", "cat"]];
    const written = pairs(text(grammar.replace([["Author", "x"], ...kept, ["_where", "any()"]], wheres)));
    assert.deepEqual(grammar.read(written), wheres);
    assert.deepEqual(written.slice(wheres.length), kept);
  }
});

for (const bad of ["any(", "cat", "any(a=1", "any(a=1;)", "a=1)", "xor(a=1)", ""]) {
  test(`_where=${bad} is refused`, () => assert.throws(() => grammar.read([["_where", bad]]), /cannot be read/));
}
