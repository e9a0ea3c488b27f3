"""A small project with a row in every table, written row by row: for tests of the schema and its migrations."""

from __future__ import annotations

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.people_views import quoted, recreate_views

from .rows import Folder, Instance, Picture, fill

#: Name, type and scope of a property of each kind; their ids are places in this list plus one.
PROPERTIES = [
    ("note", "text", "image"),
    ("it's \" odd", "checkbox", "image"),
    ("likes", "number", "instance"),
    ("animals", "multi_tags", "image"),
    ("state", "tag", "instance"),
]

VALUES = """
insert into image_metadata (image_id, title, creator) values (1, 'A cat', 'Ada');
insert into keywords (id, name) values (1, 'cat'), (2, 'Paris');
insert into image_keywords (keyword_id, image_id) values (1, 1), (2, 1);
insert into _panoptic_sidecars (file_id, stamp, said) values (1, 'a.xmp 9 9', '{"keywords": ["Paris"]}');
insert into image_values (image_id, note, "it's "" odd") values (1, 'fine', 0);
insert into instance_values (instance_id, likes) values (3, 1234567890123456789);
insert into tags (id, property_id, name) values (1, 4, 'cat'), (2, 4, 'animal'), (3, 5, 'seen');
insert into tag_parents (tag_id, parent_id) values (1, 2);
insert into image_tags (tag_id, image_id) values (1, 1), (2, 1);
insert into instance_tags (tag_id, instance_id) values (3, 3);
insert into _panoptic_changesets (id, actor, tool, at)
values (1, 'ada', 'stamp', '2026-01-02T10:00:00Z'), (2, 'bob', 'stamp', '2026-01-03T10:00:00Z');
insert into _panoptic_changes (changeset_id, property_id, subject_id, tag_id, old, new)
values (1, 1, 1, null, null, 'draft'), (2, 1, 1, null, 'draft', 'fine'), (1, 4, 1, 1, 0, 1), (2, 4, 1, 2, 0, 1);
insert into _panoptic_edits (changeset_id, kind, key, old, new) values (1, 'tags', '{"id": 1}', null, '{"id": 1}');
insert into property_groups (name) values ('Description');
insert into saved_views (name, query) values ('Newest', '_sort_desc=taken_at');
insert into _panoptic_selections (ids, size, at) values ('[1, 3]', 2, '2026-01-04T10:00:00Z');
insert into embedding_spaces (id, embedder, revision, params, dimension, metric, modalities)
values (1, 'colors', '1', '{}', 2, 'cosine', '["image"]');
insert into _panoptic_embeddings (space_id, image_id, vector) values (1, 1, x'0000803f00000000');
insert into _panoptic_space_states (space_id, version) values (1, 1);
insert into _panoptic_provenance (changeset_id, details) values (2, '{"space": 1, "threshold": 0.95}');
insert into clusterings (id, name, clusterer, space_id, params, query, at)
values (1, 'Two kinds', 'kmeans', 1, '{}', '', '2026-01-05T10:00:00Z');
insert into clusters (clustering_id, label, name, coherence, best_image_id) values (1, 0, 'sea', 0.9, 1);
insert into cluster_members (clustering_id, image_id, label, fit, ran_label)
values (1, 1, 0, 0.9, 0), (1, 2, -1, 0, -1);
insert into _panoptic_refusals (property_id, value, image_id, at) values (4, '1', 2, '2026-01-05T10:00:00Z');
insert into _panoptic_unchecked (property_id, subject_id, value, probability, changeset_id) values (4, 1, 2, 0.97, 2);
insert into _panoptic_query_vectors (space_id, kind, key, vector, at)
values (1, 'text', 'a boat', x'0000803f00000000', '2026-01-05T10:00:00Z');
insert into _panoptic_removed (id, image_id) values (4, 2);
insert into _panoptic_removals (changeset_id, instance_id, is_removed) values (2, 4, 1);
insert into _panoptic_sources (folder_id, excluded) values (1, '["*.tmp"]');
insert into _panoptic_hidden_embeddings (space_id, image_id, vector) values (1, 2, x'0000803f00000000');
insert into _panoptic_hidden_members (clustering_id, image_id, label, fit, ran_label) values (1, 2, 0, 0.5, 0);
insert into _panoptic_replacements (file_id, old_image_id, new_image_id, changeset_id) values (1, 2, 1, 2);
insert into _panoptic_plugin_defaults (actor, role, plugin, params, is_chosen)
values ('ada', 'clusterer', 'kmeans', '{"n_clusters": 5}', 1);
insert or ignore into _panoptic_thumbnails (image_id, mime, data) values (1, 'image/gif', x'47494638');
insert or ignore into _panoptic_previews (image_id, mime, data) values (1, 'image/gif', x'47494638');
insert into _panoptic_originals (image_id, mime, data) values (1, 'image/gif', x'47494638');
insert into _panoptic_rejects (folder_id, name, reason, at)
values (1, 'c.jpg', 'an empty file', '2026-01-02T10:00:00Z');
insert into _panoptic_jobs (id, kind, params, state, created_at)
values (1, 'import', '{}', 'done', '2026-01-02T10:00:00Z');
insert into _panoptic_job_errors (job_id, subject, message) values (1, 'c.jpg', 'an empty file');
"""


def annotate(conn: sqlite3.Connection) -> None:
    """Fill an empty project with two images in three instances; image 1 and instance 3 carry values."""
    fill(
        conn,
        [Folder("photos"), Folder("1890", 0)],
        [Picture(taken_at="1890"), Picture(640, 480)],
        [Instance(0, 0, "a.jpg"), Instance(0, 1, "b.jpg"), Instance(1, None)],
    )
    with transaction(conn):
        for n, (name, type_, scope) in enumerate(PROPERTIES, 1):
            conn.execute(
                "insert into properties (id, name, type, scope, position) values (?, ?, ?, ?, ?)",
                [n, name, type_, scope, n],
            )
            if "tag" not in type_:
                conn.execute(f"alter table {scope}_values add column {quoted(name)}")
        for statement in VALUES.strip().split(";\n"):
            conn.execute(statement)
        recreate_views(conn)
