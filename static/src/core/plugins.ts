/** Plugins as the server describes them, and what somebody chose of one. */

export type Role = "embedder" | "clusterer" | "projector" | "action";
export type Value = string | number | boolean | null;

export interface Parameter {
  readonly name: string;
  readonly kind: "text" | "integer" | "number" | "checkbox" | "choice" | "space" | "property" | "tag-property";
  readonly label: string;
  readonly help: string;
  readonly default: Value;
  readonly required: boolean;
  /** It may be left empty. */
  readonly optional: boolean;
  readonly choices: readonly { readonly key: string; readonly label: string }[];
  readonly minimum: number | null;
  readonly maximum: number | null;
}

/** What a plugin is called with: settings by name, and what it is given besides. */
export interface Called {
  readonly params: Readonly<Record<string, Value>>;
  readonly seed: number;
  /** Id of the embedding space whose vectors it is given; null: it is given none, or those of the default space. */
  readonly space: number | null;
  /** Name of the property whose texts it is given; null: none. */
  readonly texts: string | null;
}

export interface Choice extends Called {
  readonly plugin: string;
  /** To be remembered, and offered first. */
  readonly by_default: boolean;
}

export interface Plugin {
  readonly role: Role;
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** The command that installs what it needs; empty: it can be run. */
  readonly missing: string;
  /** What it takes of vectors, hashes, texts, seed and context. */
  readonly given: readonly string[];
  readonly parameters: readonly Parameter[];
  /** What this person wants by default. */
  readonly remembered: Called | null;
}

export interface Space {
  readonly id: number;
  readonly label: string;
  readonly embedder: string;
  /** How many images have a vector in it. */
  readonly images: number;
}

export interface Plugins {
  readonly plugins: readonly Plugin[];
  readonly chosen: Readonly<Partial<Record<Role, string | null>>>;
  readonly faults: readonly { readonly plugin: string; readonly message: string }[];
  readonly spaces: readonly Space[];
}

/** Before the names of parameters in the form, so that none is taken for a field of the form's own. */
export const OWN = "param:";

/** The plugin that is offered first: the one that was chosen by default, else the first that can be run. */
export function initialOf(plugins: readonly Plugin[], chosen: string | null): Plugin | undefined {
  const able = plugins.filter(({ missing }) => !missing);
  return able.find(({ id }) => id === chosen) ?? able[0];
}

/** What the form of a plugin has in it at first. */
export function valuesOf({ parameters, remembered }: Plugin): Called {
  const kept = remembered?.params ?? {};
  const params = Object.fromEntries(parameters.map(({ name, default: value }) => [name, name in kept ? kept[name]! : value]));
  return { params, seed: remembered?.seed ?? 0, space: remembered?.space ?? null, texts: remembered?.texts ?? null };
}

/** What was filled in. A number is sent as it was written, so that the server says what is wrong with it; what was left empty is left out. */
export function choiceOf({ id, parameters }: Plugin, form: FormData): Choice {
  const params: Record<string, Value> = {};
  for (const { name, kind, optional } of parameters) {
    const value = form.get(OWN + name);
    if (kind === "checkbox") params[name] = value !== null; // an unticked one is not in the form at all
    else if (typeof value === "string" && (value !== "" || kind === "text")) params[name] = value;
    else if (optional) params[name] = null;
  }
  const space = form.get("space");
  const texts = form.get("texts");
  return {
    plugin: id,
    params,
    seed: Number(form.get("seed") ?? 0),
    space: space ? Number(space) : null,
    texts: texts ? String(texts) : null,
    by_default: form.has("by_default"),
  };
}
