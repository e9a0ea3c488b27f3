"""Print a project of this code's schema as SQL: `python -m tests.schemas > tests/schemas/1.sql` before a release.

What a release has written stays as it is; later code must open it (`test_schema`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from datasette_panoptic.store.connection import connect
from tests.annotated import annotate


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        conn = connect(Path(scratch) / "project.db", create=True)
        annotate(conn)
        for pragma in ("application_id", "user_version"):
            print(f"pragma {pragma} = {conn.execute(f'pragma {pragma}').fetchone()[0]};")
        print("pragma foreign_keys = off;")
        print(*conn.iterdump(), sep="\n")
        conn.close()


if __name__ == "__main__":
    main()
