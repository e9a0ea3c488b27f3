"""After a command that may write much, the one file is the whole project, even while a server has it open."""

from __future__ import annotations

import shutil
from contextlib import closing

from click.testing import CliRunner
from PIL import Image

from datasette_panoptic.cli import panoptic
from datasette_panoptic.store.connection import connect_read_only

#: Each after those before it, on a project of three images; `P` is the project, `F` the folder of the images.
COMMANDS = [
    "import P F --workers 1",
    "embed P --embedder colors",
    "property create P Place --type tag",
    "property create P Size",
    "property type P Size number",
    "tag import P Place tags.csv",
    "annotate P --query name=a.png --set Place=Sea",
    "import-csv P table.csv",
    "run P dominant-colors",
    "cluster P --clusterer kmeans",
    "remove P --query name=b.png",
]
#: These write a row or two: what they leave in the write-ahead log is moved by the next that writes much.
SMALL = {"property create P Place --type tag", "property create P Size"}


def lines(path) -> list[str]:
    with closing(connect_read_only(path)) as conn:
        return list(conn.iterdump())


def test_what_a_command_wrote_is_in_the_file_while_others_have_it_open(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "F").mkdir()
    for number, name in enumerate(("a.png", "b.png")):
        Image.new("RGB", (140, 130 + number), (number * 80, 100, 100)).save(tmp_path / "F" / name)
    (tmp_path / "tags.csv").write_text("tag\nSea\n")
    (tmp_path / "table.csv").write_text("name,Notes\nc.png,blurred\n")
    CliRunner().invoke(panoptic, ["import", "P", "F", "--workers", "1"])
    Image.new("RGB", (140, 130), (200, 100, 100)).save(tmp_path / "F" / "c.png")
    left = []
    with closing(connect_read_only("P")) as server:
        for command in COMMANDS:
            before = lines("P")
            done = CliRunner().invoke(panoptic, command.split())
            assert done.exit_code == 0, (command, done.output)
            server.execute("select count(*) from instances").fetchone()
            shutil.copyfile("P", "copy.db")
            if lines("copy.db") != lines("P") or lines("P") == before:
                left.append(command)
    assert set(left) == SMALL
