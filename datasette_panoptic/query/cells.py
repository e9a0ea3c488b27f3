"""What a grid shows of each cell besides its picture."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.query import Mode

#: Cells of one page where pages are turned and not scrolled: without JavaScript, and on the command line.
PAGE = 100


@dataclass(frozen=True)
class Cell:
    """One cell: an instance, or an image in mode images, then named after its first instance."""

    id: int
    image_id: int
    sha1: str
    name: str  # of the file; '' for a publication without one
    width: int
    height: int
    copies: int  # instances of the image in the whole project

    def as_dict(self) -> dict[str, int | str]:
        return asdict(self)


COPIES = "(select count(*) from instances as copies where copies.image_id = images.id)"

CELLS: dict[Mode, str] = {
    "instances": f"""
        select instances.id, images.id, images.sha1, coalesce(files.name, ''), images.width, images.height, {COPIES}
        from json_each(:ids)
        join instances on instances.id = json_each.value
        join images on images.id = instances.image_id
        left join files on files.id = instances.file_id
        order by json_each.id""",
    "images": f"""
        select images.id, images.id, images.sha1, coalesce(files.name, ''), images.width, images.height, {COPIES}
        from json_each(:ids)
        join images on images.id = json_each.value
        left join instances on instances.id = (select min(id) from instances where image_id = images.id)
        left join files on files.id = instances.file_id
        order by json_each.id""",
}


def cells(conn: sqlite3.Connection, mode: Mode, ids: Sequence[int]) -> list[Cell]:
    """Return the cells with these ids, in their order; ids that nothing has are left out."""
    return [Cell(*row) for row in conn.execute(CELLS[mode], {"ids": json.dumps(list(ids))})]
