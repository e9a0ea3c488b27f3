import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { dateGroup, dateWords } from "../../static/src/core/date-words.js";
import { Texts } from "../../static/src/core/i18n.js";

const texts = (language: string): Texts =>
  new Texts(JSON.parse(readFileSync(`static/locales/${language}.json`, "utf8")) as Record<string, string>, language);
const [english, french] = [texts("en"), texts("fr")];

const WORDS: Readonly<Record<string, readonly [string, string]>> = {
  "1890": ["1890", "1890"],
  "1890-05": ["May 1890", "mai 1890"],
  "1890-05-03": ["3 May 1890", "3 mai 1890"],
  "0099-01-02": ["2 Jan 99", "2 janv. 99"],
  "1968-05-03T14:30": ["3 May 1968 14:30", "3 mai 1968 14:30"],
  "1968-05-03T14": ["3 May 1968 14 h", "3 mai 1968 14 h"],
  "2020-01-01T00:30:00+02:00": ["1 Jan 2020 00:30:00 +02:00", "1 janv. 2020 00:30:00 +02:00"],
  "2020-01-01T00:30:05.25Z": ["1 Jan 2020 00:30:05.25 UTC", "1 janv. 2020 00:30:05.25 UTC"],
  "1890?": ["1890?", "1890\u00a0?"],
  "1890-05~": ["about May 1890", "vers mai 1890"],
  "1890-05-03%": ["about 3 May 1890?", "vers 3 mai 1890\u00a0?"],
  "189X": ["1890s", "années 1890"],
  "18XX": ["1800 – 1899", "1800 – 1899"],
  "1XXX?": ["1000 – 1999?", "1000 – 1999\u00a0?"],
  "-01XX": ["-0199 – -0100", "-0199 – -0100"],
  "-00XX": ["-0099 – -0001", "-0099 – -0001"],
  "1890-XX": ["1890, month unknown", "1890, mois inconnu"],
  "1890-05-XX": ["May 1890, day unknown", "mai 1890, jour inconnu"],
  "1890-21": ["spring 1890", "printemps 1890"],
  "1890-24~": ["about winter 1890", "vers hiver 1890"],
  "1890/1895-05": ["1890 – May 1895", "1890 – mai 1895"],
  "1890/..": ["from 1890 on", "à partir de 1890"],
  "../1890": ["until 1890", "jusqu’à 1890"],
  "/1890": ["from an unknown date to 1890", "d’une date inconnue à 1890"],
  "1890?/": ["from 1890? to an unknown date", "de 1890\u00a0? à une date inconnue"],
  "Y170000002": ["170,000,002", "170\u202f000\u202f002"],
  "long ago": ["long ago", "long ago"],
};

test("dates keep their precision, their marks and their zone", () => {
  for (const [stored, [en, fr]] of Object.entries(WORDS)) {
    assert.equal(dateWords(english, stored), en);
    assert.equal(dateWords(french, stored), fr);
  }
});

test("years before the year 1 are years before Christ", () => {
  assert.match(dateWords(english, "-0043"), /^44 BC$/);
  assert.match(dateWords(english, "-0043-03-15"), /^15 Mar 44 BC$/);
  assert.match(dateWords(french, "0000"), /^1 av\. J\.-C\.$/);
});

test("groups of dates say what is unknown", () => {
  const cases = [
    ["month", "1890-05", "1890-05"], ["month", "1890", "1890, month unknown"], ["year", "1890", "1890"],
    ["year", "1890/1895", "1890/1895, year unknown"], ["decade", "1890s", "1890s"], ["year", "1890s", "1890s, year unknown"],
    ["century", "18XX", "1800 – 1899"], ["decade", "18XX", "1800 – 1899, decade unknown"], ["week", "2020-W53", "2020-W53"],
    ["week", "2020-12", "2020-12, week unknown"], ["day", "-0043-03-15", "-0043-03-15"], ["hour", "2020-01-01T14", "2020-01-01T14"],
    ["second", "2020-01-01T14:30", "2020-01-01T14:30, second unknown"], ["month", "1890-21", "1890-21, month unknown"],
    ["monthofyear", "05", "May"], ["monthofyear", "XX", "month unknown"], ["weekday", "1", "Monday"], ["weekday", "7", "Sunday"],
    ["weekday", "X", "day unknown"], ["weekday", "2022-02-30", "2022-02-30"], ["", "1890?", "1890?"],
  ] as const;
  for (const [step, value, said] of cases) assert.equal(dateGroup(english, step, value), said);
  assert.equal(dateGroup(french, "decade", "1890s"), "années 1890");
  assert.equal(dateGroup(french, "month", "1890"), "1890, mois inconnu");
  assert.equal(dateGroup(french, "weekday", "3"), "mercredi");
});
