/** Texts by key, in the page's language. The page brings those that it may say at once; `complete` brings the others. */

export type Messages = Readonly<Record<string, string>>;
export type Parameters = Readonly<Record<string, string | number>>;

/** What stands between thousands, and how many count as one: as the server says it. Others are left to the browser. */
const THOUSANDS: Readonly<Record<string, string>> = { en: ",", fr: "\u202f" };
const IS_ONE: Readonly<Record<string, (n: number) => boolean>> = { en: (n) => n === 1, fr: (n) => n < 2 };

export class Texts {
  constructor(
    private messages: Messages,
    readonly language: string,
  ) {}

  /** Bring in the whole dictionary, for the tools. Where it does not come, they show keys. */
  async complete(): Promise<void> {
    const dictionary = await fetch(new URL(`../locales/${this.language}.json`, import.meta.url)).catch(() => null);
    if (dictionary?.ok) this.messages = (await dictionary.json()) as Messages;
  }

  /** A text with its `{name}` places filled; numbers are written the language's way. An unknown key shows itself. */
  t(key: string, parameters: Parameters = {}): string {
    return (this.messages[key] ?? key).replace(/\{(\w+)\}/g, (place, name: string) => {
      const value = parameters[name];
      return value === undefined ? place : typeof value === "number" ? this.number(value) : value;
    });
  }

  /** The text `key.one`, `key.other`, … that goes with n, which fills its `{n}`. */
  count(key: string, n: number, parameters: Parameters = {}): string {
    const form = `${key}.${this.plural(n)}`;
    return this.t(form in this.messages ? form : `${key}.other`, { ...parameters, n });
  }

  /** A whole number. */
  number(value: number): string {
    const separator = THOUSANDS[this.language];
    // The browser's own formatter takes 20 ms to wake up, just when the first pictures could be drawn.
    if (separator === undefined) return value.toLocaleString(this.language);
    return String(value).replace(/\B(?=(\d{3})+$)/g, separator);
  }

  private plural(n: number): string {
    const isOne = IS_ONE[this.language];
    if (!isOne) return new Intl.PluralRules(this.language).select(n);
    return isOne(n) ? "one" : "other";
  }
}
