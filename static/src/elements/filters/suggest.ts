/** What may be meant by what is typed: tags of a property, or values that a field has. */

import { getJson } from "../../core/api.js";
import type { Texts } from "../../core/i18n.js";
import { escaped } from "../../core/names.js";
import { hasTags, type Project, type Property } from "../../core/project.js";
import { matchTags, pathOf } from "../../core/tag-match.js";
import type { FacetAnswer } from "../../core/facets.js";
import type { Suggest } from "./tokens.js";

const MOST = 50;

export function suggestFor(project: Project, texts: Texts, field: Pick<Property, "id" | "name" | "type"> | undefined): Suggest {
  if (field && hasTags(field) && field.id !== null) return tagsOf(project, texts, field.id);
  if (field?.type === "text" || field?.type === "url") return valuesOf(project, texts, field.name);
  return async () => [];
}

function tagsOf(project: Project, texts: Texts, property: number): Suggest {
  return async (typed) => {
    const tags = await project.tags(property);
    const byName = new Map(tags.map((tag) => [tag.name, tag]));
    return matchTags(tags, typed, MOST).map((tag) => {
      const note = [...pathOf(tag, byName), texts.number(tag.count_below)].join(" · ");
      return { value: tag.name, color: tag.color, note };
    });
  };
}

function valuesOf(project: Project, texts: Texts, name: string): Suggest {
  return async (typed, signal) => {
    const asked = new URLSearchParams({ _facets: escaped(name), _find: typed });
    const { facets } = await getJson<FacetAnswer>(`${project.base}/facets.json?${asked}`, signal);
    const values = (facets[0]?.values ?? []).filter(({ value }) => value !== "");
    return values.slice(0, MOST).map(({ value, count }) => ({ value: String(value), note: texts.number(count) }));
  };
}
