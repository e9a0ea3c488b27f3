"""The museum with properties of several types, for tests that write: each has a copy and a server of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from datasette_panoptic.query import text
from datasette_panoptic.query.annotate import Saying, annotate_query
from datasette_panoptic.store import properties, property_groups, tags
from datasette_panoptic.store.connection import checkpoint, connect

from .serving import Server, serve

#: Image properties under no heading first, then those of the group.
PROPERTIES = [
    ("Topic", "multi_tags", "image", None),
    ("Notes", "text", "image", None),
    ("Author", "text", "instance", None),
    ("Likes", "number", "instance", None),
    ("Period", "date", "image", "Dating"),
    ("Seen", "checkbox", "image", "Dating"),
]


@pytest.fixture
def described(corpus: Path, tmp_path: Path) -> Iterator[Server]:
    """Serve a copy: every image is of the sea, the first ten of boats too; every instance is Anna's."""
    path = tmp_path / "museum.db"
    shutil.copy(corpus, path)
    conn = connect(path)
    property_groups.create(conn, "Dating")
    for name, type_, scope, heading in PROPERTIES:
        properties.create(conn, name, type_, scope, heading=heading)
    topic = properties.named(conn, "Topic")[0]
    sea = tags.create(conn, topic, "sea", "#1098ad")
    tags.create(conn, topic, "storm", parent=sea)
    everything, some = text.parse_string(""), text.parse_string("id__lt=11")
    sayings = [Saying("add", "Topic", "sea"), Saying("set", "Author", "Anna")]
    annotate_query(conn, everything, sayings, actor="anna", tool="stamp")
    sayings = [Saying("add", "Topic", "boat"), Saying("set", "Likes", "12")]
    annotate_query(conn, some, sayings, actor="anna", tool="stamp")
    checkpoint(conn)
    conn.close()
    with serve(path) as running:
        yield running
