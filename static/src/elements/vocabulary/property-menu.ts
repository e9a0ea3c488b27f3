/** What can be done with a property: views of it for everybody, changes for those who may. */

import type { App } from "../grid-page.js";
import { readGroupings, replaceGroupings } from "../../core/groupings.js";
import type { Known } from "../../core/known.js";
import { sameName } from "../../core/names.js";
import { hasTags, type Property } from "../../core/project.js";
import type { MenuItem } from "../dialogs/menu.js";
import type { PropertyDialogs } from "./property-dialogs.js";

export function propertyMenu(
  app: App,
  property: Property,
  { grammar }: Known,
  dialogs: PropertyDialogs,
  failed: (error: unknown) => void,
): MenuItem[] {
  const { texts, address, page } = app;
  const { id, name } = property;
  const { rest } = address;
  const filter = (): void => {
    const wheres = grammar.read(rest);
    app.navigate({ rest: grammar.replace(rest, [...wheres, { field: name, operator: "notblank", operands: [] }]) });
  };
  const group = (): void => {
    const kept = readGroupings(rest).filter(({ field }) => !sameName(field, name));
    app.navigate({ rest: replaceGroupings(rest, [...kept, { field: name, step: "", order: "value", descending: false, of: "" }]) });
  };
  const views: MenuItem[] = [
    { label: texts.t("ui.properties.filter"), act: filter },
    { label: texts.t("ui.properties.sort"), act: () => app.navigate({ sorts: [{ key: name, descending: false }], seed: null }) },
    { label: texts.t("ui.properties.group"), act: group },
  ];
  if (id === null) return views;
  const tags: MenuItem = { label: texts.t("properties.tags"), act: () => location.assign(`${page.base}/tags/${id}`) };
  if (hasTags(property)) views.push(tags);
  if (!page.can_edit) return views;
  return [
    ...views,
    { label: texts.t("ui.properties.change"), act: () => dialogs.change(property) },
    { label: texts.t("ui.properties.change_type"), act: () => void dialogs.changeType(property).catch(failed) },
    { label: texts.t("ui.properties.delete_ask"), act: () => void dialogs.delete(property).catch(failed) },
  ];
}
