"""What each actor gets from each route: the table that `test_access` goes through."""

from __future__ import annotations

from tests.serving import EDITOR, IMPORTER, OWNER

ACTORS = {"anonymous": None, "editor": EDITOR, "importer": IMPORTER, "owner": OWNER}

ALL = {"anonymous": 200, "editor": 200, "importer": 200, "owner": 200}
# Originals are for those who may edit. The sample has none, so who may ask is told that it is not there.
CHANGERS = {"anonymous": 403, "editor": 200, "importer": 200, "owner": 200}
IMPORTERS = {"anonymous": 403, "editor": 403, "importer": 200, "owner": 200}


def editors(status: int) -> dict[str, int]:
    """Expect that editors are let in, and told what is wrong with an empty request."""
    return {"anonymous": 403, "editor": status, "importer": 403, "owner": status}


def runners(status: int) -> dict[str, int]:
    """Expect that who may run plugins, here the owner, is let in, and told what is wrong with an empty request."""
    return {"anonymous": 403, "editor": 403, "importer": 403, "owner": status}


NO_TABLE = "-" * 22

#: Each route with an address of it and what each actor gets. A new route without a line here fails.
MATRIX: dict[str, tuple[str, dict[str, int]]] = {
    "": ("", ALL),
    r"\.json": (".json", ALL),
    r"/image/(?P<image_id>\d{1,18})": ("/image/1", ALL),
    r"/image/(?P<image_id>\d{1,18})\.json": ("/image/1.json", ALL),
    r"/image/(?P<image_id>\d{1,18})/values": ("/image/1/values", editors(400)),
    r"/image/(?P<image_id>\d{1,18})/similar\.json": ("/image/1/similar.json", ALL),
    # What could not be imported, and why, is for those who may do something about it.
    "/rejects": ("/rejects", CHANGERS),
    r"/rejects\.json": ("/rejects.json", CHANGERS),
    "/view": ("/view", ALL),
    r"/groups\.json": ("/groups.json", ALL),
    "/thumbs": ("/thumbs?ids=1", ALL),
    r"/thumb/(?P<sha1>[0-9a-f]{40})-(?P<size>grid|preview)": ("/thumb/{sha1}-grid", ALL),
    r"/original/(?P<image_id>\d{1,18})": (
        "/original/1",
        {"anonymous": 404, "editor": 200, "importer": 404, "owner": 200},
    ),
    r"/folders\.json": ("/folders.json", ALL),
    r"/count\.json": ("/count.json", ALL),
    r"/facets\.json": ("/facets.json?_facets=format", ALL),
    r"/chart\.svg": ("/chart.svg?_field=taken_at", ALL),
    "/jobs": ("/jobs", IMPORTERS),
    r"/jobs\.json": ("/jobs.json", IMPORTERS),
    r"/jobs/(?P<job_id>\d{1,18})\.json": ("/jobs/1.json", IMPORTERS),
    r"/jobs/(?P<job_id>\d{1,18})/cancel": ("/jobs/1/cancel", IMPORTERS),
    # Nothing is configured to import from, and no file is sent: who may ask is told so.
    "/import": ("/import", {"anonymous": 403, "editor": 403, "importer": 400, "owner": 400}),
    "/upload": ("/upload", {"anonymous": 403, "editor": 403, "importer": 400, "owner": 400}),
    "/upload/discard": ("/upload/discard", {"anonymous": 403, "editor": 403, "importer": 400, "owner": 400}),
    "/run": ("/run", runners(404)),
    "/annotate": ("/annotate", editors(400)),
    "/cells": ("/cells", editors(400)),
    "/undo": ("/undo", editors(404)),
    "/redo": ("/redo", editors(404)),
    "/export": ("/export", ALL),
    "POST /export": ("/export", ALL),
    "/export-options": ("/export-options", ALL),
    r"/export-options\.json": ("/export-options.json", ALL),
    "/import-table": ("/import-table", editors(200)),
    "POST /import-table": ("/import-table", editors(400)),
    # The only job imports images, and nobody has sent a table.
    r"/import-table/jobs/(?P<job_id>\d{1,18})": ("/import-table/jobs/1", editors(404)),
    r"/import-table/jobs/(?P<job_id>\d{1,18})\.json": ("/import-table/jobs/1.json", editors(404)),
    r"/import-table/(?P<table>[\w-]{22})": (f"/import-table/{NO_TABLE}", editors(404)),
    r"POST /import-table/(?P<table>[\w-]{22})": (f"/import-table/{NO_TABLE}", editors(404)),
    r"/import-table/(?P<table>[\w-]{22})\.json": (f"/import-table/{NO_TABLE}.json", editors(404)),
    r"/import-table/(?P<table>[\w-]{22})/(?P<what>errors|unmatched)\.csv": (
        f"/import-table/{NO_TABLE}/errors.csv",
        editors(404),
    ),
    "/remove": ("/remove", editors(200)),
    "POST /remove": ("/remove", editors(400)),
    r"/remove\.json": ("/remove.json", editors(200)),
    "/from-names": ("/from-names?pattern=%7Bfilm%7D", editors(200)),
    "POST /from-names": ("/from-names", editors(400)),
    r"/from-names\.json": ("/from-names.json", editors(200)),
    "/from-keywords": ("/from-keywords?property=x", editors(200)),
    "POST /from-keywords": ("/from-keywords", editors(400)),
    r"/from-keywords\.json": ("/from-keywords.json", editors(200)),
    "/history": ("/history", ALL),
    r"/history\.json": ("/history.json", ALL),
    r"/values\.json": ("/values.json?ids=1", ALL),
    r"/version\.json": ("/version.json", ALL),
    "/cluster": ("/cluster", runners(404)),
    "/cluster/by-tags": ("/cluster/by-tags", runners(400)),
    # Nobody has made clusters yet: who may ask is told that.
    "/clusterings": ("/clusterings", ALL),
    r"/clusterings\.json": ("/clusterings.json", ALL),
    r"/clusterings/compare\.json": ("/clusterings/compare.json?first=1&second=2", dict.fromkeys(ACTORS, 404)),
    r"/clusterings/(?P<id>\d{1,18})": ("/clusterings/1", editors(400)),
    r"/clusterings/(?P<id>\d{1,18})\.json": ("/clusterings/1.json", dict.fromkeys(ACTORS, 404)),
    r"/clusterings/(?P<id>\d{1,18})/clusters": ("/clusterings/1/clusters", editors(400)),
    r"/clusterings/(?P<id>\d{1,18})/delete": ("/clusterings/1/delete", editors(404)),
    r"/clusterings/(?P<id>\d{1,18})/merge": ("/clusterings/1/merge", editors(400)),
    r"/clusterings/(?P<id>\d{1,18})/move": ("/clusterings/1/move", editors(400)),
    r"/clusterings/(?P<id>\d{1,18})/rerun": ("/clusterings/1/rerun", runners(404)),
    r"/clusterings/(?P<id>\d{1,18})/reset": ("/clusterings/1/reset", editors(404)),
    r"/clusterings/(?P<id>\d{1,18})/restore": ("/clusterings/1/restore", editors(404)),
    r"/clusterings/(?P<id>\d{1,18})/save": ("/clusterings/1/save", editors(400)),
    r"/plugins\.json": ("/plugins.json", runners(200)),
    "/duplicates": ("/duplicates", ALL),
    r"/duplicates\.json": ("/duplicates.json", ALL),
    "POST /duplicates": ("/duplicates", runners(404)),
    r"/duplicates/exact\.json": ("/duplicates/exact.json", ALL),
    r"/duplicates/(?P<id>\d{1,18})\.json": ("/duplicates/1.json", dict.fromkeys(ACTORS, 404)),
    r"/duplicates/(?P<id>\d{1,18})/tag-others": ("/duplicates/1/tag-others", editors(400)),
    # Nothing is sent: it is started with the embedder that is taken by default.
    "/embed": ("/embed", {"anonymous": 403, "editor": 403, "importer": 403, "owner": 202}),
    r"/spaces\.json": ("/spaces.json", ALL),
    r"/properties\.json": ("/properties.json", ALL),
    "/properties": ("/properties", ALL),
    "POST /properties": ("/properties", editors(400)),
    "/properties/order": ("/properties/order", editors(400)),
    r"/properties/(?P<property_id>\d{1,18})": ("/properties/1", editors(404)),
    r"/properties/(?P<property_id>\d{1,18})\.json": ("/properties/1.json", dict.fromkeys(ACTORS, 404)),
    r"/properties/(?P<property_id>\d{1,18})/delete": ("/properties/1/delete", editors(404)),
    r"/properties/(?P<property_id>\d{1,18})/move": ("/properties/1/move", editors(400)),
    r"/properties/(?P<property_id>\d{1,18})/type": ("/properties/1/type", editors(400)),
    r"/properties/(?P<property_id>\d{1,18})/type\.json": (
        "/properties/1/type.json?type=text",
        dict.fromkeys(ACTORS, 404),
    ),
    "/property-groups": ("/property-groups", editors(400)),
    r"/property-groups/(?P<group_id>\d{1,18})": ("/property-groups/1", editors(400)),
    r"/property-groups/(?P<group_id>\d{1,18})/delete": ("/property-groups/1/delete", editors(404)),
    r"/property-groups/(?P<group_id>\d{1,18})/move": ("/property-groups/1/move", editors(400)),
    # There is no property yet: who may ask is told that.
    r"/tags\.json": ("/tags.json?property=1", dict.fromkeys(ACTORS, 404)),
    "/tags": ("/tags", ALL),
    "POST /tags": ("/tags", editors(400)),
    r"/tags/(?P<id>\d{1,18})": ("/tags/1", dict.fromkeys(ACTORS, 404)),
    r"POST /tags/(?P<id>\d{1,18})": ("/tags/1", editors(404)),
    r"/tags/(?P<id>\d{1,18})\.json": ("/tags/1.json", dict.fromkeys(ACTORS, 404)),
    r"/tags/(?P<id>\d{1,18})\.(?P<format>csv|ttl|jsonld)": ("/tags/1.csv", dict.fromkeys(ACTORS, 404)),
    r"/tags/(?P<id>\d{1,18})/import": ("/tags/1/import", editors(404)),
    r"/tags/(?P<id>\d{1,18})/images\.json": ("/tags/1/images.json", dict.fromkeys(ACTORS, 404)),
    r"/tags/(?P<id>\d{1,18})/parents": ("/tags/1/parents", editors(400)),
    r"/tags/(?P<id>\d{1,18})/merge": ("/tags/1/merge", editors(400)),
    r"/tags/(?P<id>\d{1,18})/split": ("/tags/1/split", editors(400)),
    r"/tags/(?P<id>\d{1,18})/delete": ("/tags/1/delete", editors(404)),
    # No view is saved and nothing selected yet: who may ask is told that.
    r"/views\.json": ("/views.json", ALL),
    "/views": ("/views", editors(400)),
    r"/views/(?P<id>\d{1,18})": ("/views/1", dict.fromkeys(ACTORS, 404)),
    r"POST /views/(?P<id>\d{1,18})": ("/views/1", editors(404)),
    r"/views/(?P<id>\d{1,18})/duplicate": ("/views/1/duplicate", editors(404)),
    r"/views/(?P<id>\d{1,18})/move": ("/views/1/move", editors(400)),
    r"/views/(?P<id>\d{1,18})/delete": ("/views/1/delete", editors(404)),
    "/selections": ("/selections", editors(400)),
    r"/recommend\.json": ("/recommend.json", dict.fromkeys(ACTORS, 400)),
    "/recommend/accept": ("/recommend/accept", editors(400)),
    "/recommend/accept-all": ("/recommend/accept-all", editors(400)),
    "/recommend/refuse": ("/recommend/refuse", editors(400)),
    "/recommend/forget": ("/recommend/forget", editors(400)),
    "/check": ("/check", editors(400)),
    # No vectors are computed yet: who may ask is told that, or that nothing was sent.
    r"/similar\.json": ("/similar.json?image=1", dict.fromkeys(ACTORS, 400)),
    r"/search\.json": ("/search.json?text=boat", dict.fromkeys(ACTORS, 400)),
    r"/similar-counts\.json": ("/similar-counts.json?_similar=image:1", dict.fromkeys(ACTORS, 400)),
    "/similar-scores": ("/similar-scores?_similar=image:1&_from=0&_to=1&_version=1", dict.fromkeys(ACTORS, 400)),
    "/similar-file": ("/similar-file", dict.fromkeys(ACTORS, 400)),
    "/sql": ("/sql", ALL),
    r"/sql\.json": ("/sql.json", ALL),
    "/split": ("/split", ALL),
    r"/split\.json": ("/split.json", ALL),
}
