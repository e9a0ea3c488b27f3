/** Texts by key, in the page's language. The server sends the whole dictionary with the page. */

export type Messages = Readonly<Record<string, string>>;
export type Parameters = Readonly<Record<string, string | number>>;

export class Texts {
  private readonly plurals: Intl.PluralRules;
  private readonly numbers: Intl.NumberFormat;

  constructor(
    private readonly messages: Messages,
    readonly language: string,
  ) {
    this.plurals = new Intl.PluralRules(language);
    this.numbers = new Intl.NumberFormat(language);
  }

  /** A text with its `{name}` places filled; numbers are written the language's way. An unknown key shows itself. */
  t(key: string, parameters: Parameters = {}): string {
    return (this.messages[key] ?? key).replace(/\{(\w+)\}/g, (place, name: string) => {
      const value = parameters[name];
      return value === undefined ? place : typeof value === "number" ? this.numbers.format(value) : value;
    });
  }

  /** The text `key.one`, `key.other`, … that goes with n, which fills its `{n}`. */
  count(key: string, n: number, parameters: Parameters = {}): string {
    const form = `${key}.${this.plurals.select(n)}`;
    return this.t(form in this.messages ? form : `${key}.other`, { ...parameters, n });
  }

  number(value: number): string {
    return this.numbers.format(value);
  }
}
