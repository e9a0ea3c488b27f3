"""`datasette panoptic …`: everything the pages can start, from the command line.

Answers go to standard output, talk and progress to standard error. Every command that has an answer takes `--json`.
"""

from __future__ import annotations

from . import annotate, corpus, old, properties, serve, tables, tags
from .common import panoptic

__all__ = ["annotate", "corpus", "old", "panoptic", "properties", "serve", "tables", "tags"]
