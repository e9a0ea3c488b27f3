"""Who may see each column of the project file: the one list that SQL of visitors, publications and the docs follow.

`public` columns are there for people: in Datasette's pages, in SQL and in published copies. `machinery` is what the
pages of this plugin are made of: it is published, and SQL may read it, but its tables have no page of their own.
`private` columns are for the owner alone: SQL of visitors reads null, and published copies do not have them. A table
of which every column is private is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Word = Literal["public", "machinery", "private"]


@dataclass(frozen=True)
class TablePrivacy:
    """The columns of a table by who may see them: names with spaces between. `others`: of columns not named here."""

    public: str = ""
    machinery: str = ""
    private: str = ""
    others: Word = "private"

    def of(self, word: Word) -> tuple[str, ...]:
        return tuple(getattr(self, word).split())

    @property
    def named(self) -> tuple[str, ...]:
        return (*self.of("public"), *self.of("machinery"), *self.of("private"))

    def word(self, column: str) -> Word:
        """Say who may see a column; what this code does not know, newer code may have made, and is private."""
        words: tuple[Word, ...] = ("public", "machinery", "private")
        return next((word for word in words if column.lower() in self.of(word)), self.others)


TABLES: dict[str, TablePrivacy] = {
    "folders": TablePrivacy(public="id parent_id name path", private="source raw_name"),
    "images": TablePrivacy(
        public="id sha1 width height format bytes average_hash perceptual_hash taken_at mean_color metadata"
    ),
    "image_metadata": TablePrivacy(public="image_id title description creator rights camera lens place"),
    "keywords": TablePrivacy(public="id name"),
    "image_keywords": TablePrivacy(public="keyword_id image_id"),
    "files": TablePrivacy(public="id folder_id name image_id bytes missing_since", private="modified_ns raw_name"),
    "instances": TablePrivacy(public="id image_id file_id"),
    "property_groups": TablePrivacy(public="id name position", machinery="name_key"),
    "properties": TablePrivacy(
        public="id name type scope group_id position description deleted_at", machinery="name_key"
    ),
    "tags": TablePrivacy(public="id property_id name color description uri deleted_at", machinery="name_key"),
    "tag_parents": TablePrivacy(public="tag_id parent_id"),
    # A column per property: its name is the property's.
    "image_values": TablePrivacy(public="image_id", others="public"),
    "instance_values": TablePrivacy(public="instance_id", others="public"),
    "image_tags": TablePrivacy(public="tag_id image_id"),
    "instance_tags": TablePrivacy(public="tag_id instance_id"),
    "saved_views": TablePrivacy(public="id name query layout position", machinery="name_key", private="actor"),
    "embedding_spaces": TablePrivacy(public="id embedder revision dimension metric modalities", private="params"),
    "clusterings": TablePrivacy(public="id name clusterer space_id seed query at closed_at", private="params actor"),
    "clusters": TablePrivacy(public="clustering_id label name coherence best_image_id"),
    "cluster_members": TablePrivacy(public="clustering_id image_id label fit ran_label"),
    "_panoptic_thumbnails": TablePrivacy(machinery="image_id mime data"),
    "_panoptic_previews": TablePrivacy(machinery="image_id mime data"),
    "_panoptic_originals": TablePrivacy(private="image_id mime data"),
    "_panoptic_sidecars": TablePrivacy(private="file_id stamp said"),
    "_panoptic_rejects": TablePrivacy(private="id folder_id name reason bytes modified_ns at raw_name"),
    "_panoptic_jobs": TablePrivacy(
        private="id kind params state done total report message actor created_at started_at finished_at"
    ),
    "_panoptic_job_errors": TablePrivacy(private="id job_id subject message"),
    # The view `annotations` reads when something was said; who said it is null there for visitors.
    "_panoptic_changesets": TablePrivacy(machinery="id tool at undoes undone_by", private="actor query"),
    "_panoptic_changes": TablePrivacy(machinery="id changeset_id property_id subject_id tag_id", private="old new"),
    "_panoptic_edits": TablePrivacy(private="id changeset_id kind key old new"),
    "_panoptic_settings": TablePrivacy(machinery="key", private="value"),
    "_panoptic_selections": TablePrivacy(machinery="id ids size", private="actor at"),
    "_panoptic_embeddings": TablePrivacy(machinery="id space_id image_id vector"),
    "_panoptic_space_states": TablePrivacy(machinery="space_id version calibration"),
    "_panoptic_provenance": TablePrivacy(private="changeset_id details"),
    "_panoptic_refusals": TablePrivacy(private="property_id value image_id actor at"),
    "_panoptic_unchecked": TablePrivacy(machinery="property_id subject_id value probability changeset_id"),
    # What people searched for.
    "_panoptic_query_vectors": TablePrivacy(private="space_id kind key vector at"),
    "_panoptic_replacements": TablePrivacy(private="id file_id old_image_id new_image_id changeset_id carried_by"),
    "_panoptic_removed": TablePrivacy(private="id image_id file_id"),
    "_panoptic_removals": TablePrivacy(private="changeset_id instance_id is_removed"),
    "_panoptic_hidden_embeddings": TablePrivacy(private="space_id image_id vector"),
    "_panoptic_hidden_members": TablePrivacy(private="clustering_id image_id label fit ran_label"),
    "_panoptic_sources": TablePrivacy(private="folder_id excluded includes_hidden removed_at"),
    "_panoptic_plugin_defaults": TablePrivacy(private="actor role plugin params is_chosen"),
    "_sqlite_migrations": TablePrivacy(machinery="id migration_set name applied_at"),
}

VIEWS = ("corpus", "annotations")

#: Tables of newer code than this have it too.
PREFIX = "_panoptic_"


def columns(table: str) -> TablePrivacy | None:
    """Return who may see a table's columns; None where it is none of ours."""
    name = table.lower()
    return TABLES.get(name) or (TablePrivacy() if name.startswith(PREFIX) else None)


def is_closed(table: str) -> bool:
    """Tell whether a table of ours has no page: none of its columns is public."""
    ours = columns(table)
    return ours is not None and not ours.public


def is_private(table: str) -> bool:
    """Tell whether all of a table of ours is private."""
    ours = columns(table)
    return ours is not None and not ours.public and not ours.machinery


def is_ours(name: str) -> bool:
    """Tell whether a table or view is one of a project's own."""
    return name.lower() in VIEWS or columns(name) is not None


def has_private(table: str) -> bool:
    """Tell whether a table has a column that visitors may not read."""
    ours = columns(table)
    return ours is not None and (bool(ours.private) or (ours.others == "private" and table.lower() not in TABLES))
