"""`datasette panoptic …`: everything the pages can start, from the command line.

Answers go to standard output, talk and progress to standard error. Every command that has an answer takes `--json`.
"""

from __future__ import annotations

from . import (
    annotate,
    backup,
    clusters,
    corpus,
    duplicates,
    embed,
    files,
    keywords,
    names,
    old,
    properties,
    recommend,
    run,
    serve,
    similar,
    tables,
    tags,
)
from .common import panoptic

__all__ = [
    "annotate",
    "backup",
    "clusters",
    "corpus",
    "duplicates",
    "embed",
    "files",
    "keywords",
    "names",
    "old",
    "panoptic",
    "properties",
    "recommend",
    "run",
    "serve",
    "similar",
    "tables",
    "tags",
]
