"""Sidecars beside images: what they say becomes fields, follows their changes, and costs nothing else when damaged."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from datasette.utils.sqlite import sqlite3
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from datasette_panoptic.domain.corpus import ImportReport
from datasette_panoptic.ingest.images.pipeline import ImportOptions, import_folders
from datasette_panoptic.ingest.images.xmp import MAX_XMP, fault
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.sidecars import stamps
from tests.conftest import Project
from tests.corpus import flat
from tests.imports import threads, version

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&b;</x:xmpmeta>'


def packet(title: str = "", keywords: tuple[str, ...] = (), levels: tuple[str, ...] = (), more: str = "") -> str:
    """Write a sidecar as Lightroom does."""

    def items(texts: tuple[str, ...], kind: str) -> str:
        return f"<rdf:{kind}>{''.join(f'<rdf:li>{text}</rdf:li>' for text in texts)}</rdf:{kind}>"

    said = f'<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>' if title else ""
    said += f"<dc:subject>{items(keywords, 'Bag')}</dc:subject>" if keywords else ""
    said += f"<lr:hierarchicalSubject>{items(levels, 'Bag')}</lr:hierarchicalSubject>" if levels else ""
    return (
        '<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/">'
        f'<rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:lr="http://ns.adobe.com/lightroom/1.0/" xmlns:tiff="http://ns.adobe.com/tiff/1.0/" '
        'xmlns:aux="http://ns.adobe.com/exif/1.0/aux/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" '
        f'tiff:Make="Leica" tiff:Model="M6">{said}{more}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )


def paint(path: Path, shade: int, description: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = Image.Exif()
    exif[0x010E] = description
    flat((shade, 90, 30)).save(path, "JPEG", exif=exif if description else b"")


def run(project: Project, *folders: Path, options: ImportOptions | None = None) -> ImportReport:
    return import_folders(project.conn, folders, options=options or ImportOptions(), start=threads)


def described(conn: sqlite3.Connection) -> dict[str, tuple[object, ...]]:
    """Return what is said of the image of each file: title, description, camera and keywords, by the file's name."""
    rows = conn.execute(
        """
        select files.name, title, description, camera,
          (select json_group_array(name) from (
            select name from image_keywords join keywords on keywords.id = keyword_id
            where image_keywords.image_id = files.image_id order by name))
        from files left join image_metadata on image_metadata.image_id = files.image_id
        where missing_since is null order by files.id
        """
    )
    return {name: (*texts, *json.loads(keywords)) for name, *texts, keywords in rows}


@pytest.fixture
def boats(tmp_path: Path) -> Path:
    """Three pictures with and without a description of their own, in two folders."""
    folder = tmp_path / "boats"
    paint(folder / "sloop.jpg", 10, "a sloop, said by its file")
    paint(folder / "ketch.JPG", 60)
    paint(folder / "more" / "brig.jpg", 110, "a brig, said by its file")
    return folder


def test_sidecars_become_the_fields_of_files_and_go_before_them(project: Project, boats: Path) -> None:
    (boats / "sloop.xmp").write_text(packet("Sloop", ("sea",), ("Places|Brest",)))
    (boats / "ketch.JPG.XMP").write_text(packet("Ketch", more='<dc:description xmlns:dc="http://purl.org/dc/elements/1.1/">'
                                                              "by hand</dc:description>"))  # fmt: skip
    (boats / "more" / "brig.jpg.xmp").write_text(packet("whole name", ("one",)))
    (boats / "more" / "brig.xmp").write_text(packet("stem", ("two",)))
    (boats / "more" / "nobody.xmp").write_text(packet("of no image"))
    report = run(project, boats)
    assert (report.added, report.sidecars, report.damaged_sidecars) == (3, 4, 0)
    assert described(project.conn) == {
        "sloop.jpg": ("Sloop", "a sloop, said by its file", "Leica M6", "Brest", "Places", "sea"),
        "ketch.JPG": ("Ketch", "by hand", "Leica M6"),
        "brig.jpg": ("whole name", "a brig, said by its file", "Leica M6", "one", "two"),
    }


def test_a_sidecar_is_read_again_when_it_changes_and_not_otherwise(project: Project, boats: Path) -> None:
    sidecar = boats / "sloop.xmp"
    sidecar.write_text(packet("before", ("old",)))
    run(project, boats)
    at = version(project)
    again = run(project, boats)
    assert (again.sidecars, again.unchanged, version(project)) == (0, 3, at)
    sidecar.write_text(packet("after it", ("new",)))
    changed = run(project, boats)
    assert (changed.sidecars, changed.unchanged, changed.changed) == (1, 3, 0)
    assert described(project.conn)["sloop.jpg"] == ("after it", "a sloop, said by its file", "Leica M6", "new")
    assert version(project) > at
    assert project.conn.execute("select name from keywords").fetchall() == [("new",)]


def test_what_a_sidecar_said_goes_with_it(project: Project, boats: Path) -> None:
    (boats / "sloop.xmp").write_text(packet("Sloop", ("sea",)))
    (boats / "more" / "brig.xmp").write_text(packet("Brig"))
    run(project, boats)
    (boats / "sloop.xmp").unlink()
    (boats / "more" / "brig.xmp").unlink()
    run(project, boats, options=ImportOptions(recurse=False))
    assert described(project.conn)["sloop.jpg"] == (None, "a sloop, said by its file", None)
    assert described(project.conn)["brig.jpg"][0] == "Brig", "its folder was not looked at"
    run(project, boats)
    assert described(project.conn)["brig.jpg"] == (None, "a brig, said by its file", None)
    assert project.conn.execute("select count(*) from _panoptic_sidecars").fetchone() == (0,)


def test_a_file_that_is_missing_keeps_what_its_sidecar_said(project: Project, boats: Path) -> None:
    (boats / "sloop.xmp").write_text(packet("Sloop"))
    run(project, boats)
    aside = boats.parent / "aside.jpg"
    (boats / "sloop.jpg").rename(aside)
    (boats / "sloop.xmp").unlink()
    assert run(project, boats).missing == 1
    assert project.conn.execute("select title from image_metadata where title is not null").fetchall() == [("Sloop",)]


def test_an_edited_picture_keeps_its_sidecar_and_the_one_before_does_not(project: Project, boats: Path) -> None:
    (boats / "sloop.xmp").write_text(packet("Sloop"))
    shutil.copy(boats / "sloop.jpg", boats / "copy.jpg")
    run(project, boats)
    assert described(project.conn)["copy.jpg"][0] == "Sloop", "one image, whatever file of it is described"
    paint(boats / "sloop.jpg", 200)
    run(project, boats)
    assert described(project.conn)["sloop.jpg"] == ("Sloop", None, "Leica M6")
    assert described(project.conn)["copy.jpg"] == (None, "a sloop, said by its file", None)


def test_sidecars_move_with_their_files(project: Project, boats: Path) -> None:
    (boats / "more" / "brig.xmp").write_text(packet("Brig"))
    run(project, boats)
    (boats / "more").rename(boats / "elsewhere")
    assert run(project, boats).moved == 1
    assert described(project.conn)["brig.jpg"][0] == "Brig"


DAMAGED = {
    "an entity": (BOMB.encode(), "document type"),
    "too large": (b"<x>" + b" " * MAX_XMP + b"</x>", "4 MB"),
    "not XML": (b"\x89PNG\r\n", "not well-formed"),
    "empty": (b"", "not well-formed"),
    "unknown encoding": (b'<?xml version="1.0" encoding="klingon"?><x/>', "not well-formed"),
    "binary": (bytes(range(256)) * 20, "not well-formed"),
}


@pytest.mark.parametrize("kind", DAMAGED)
def test_a_damaged_sidecar_costs_itself_and_is_named(project: Project, boats: Path, kind: str) -> None:
    data, reason = DAMAGED[kind]
    (boats / "sloop.xmp").write_bytes(data)
    (boats / "ketch.xmp").write_text(packet("Ketch"))
    report = run(project, boats)
    assert (report.added, report.rejected, report.damaged_sidecars) == (3, 0, 1)
    (named,) = report.sidecar_faults
    assert named.startswith("boats/sloop.xmp: ")
    assert reason in named
    assert described(project.conn)["sloop.jpg"] == (None, "a sloop, said by its file", None)
    assert described(project.conn)["ketch.JPG"][0] == "Ketch"


def test_of_a_damaged_sidecar_is_read_what_can_be(project: Project, boats: Path) -> None:
    whole = packet("Sloop", ("sea",), more="<dc:rights>me")
    (boats / "sloop.xmp").write_text(whole)
    report = run(project, boats)
    assert report.damaged_sidecars == 1
    assert described(project.conn)["sloop.jpg"][0] == "Sloop"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_named_and_holds_nothing_up(project: Project, boats: Path) -> None:
    os.mkfifo(boats / "sloop.xmp")
    (boats / "ketch.xmp").mkdir()
    (boats / "more" / "brig.xmp").symlink_to(boats / "nowhere")
    report = run(project, boats)
    assert (report.added, report.damaged_sidecars) == (3, 3)
    assert [line.partition(":")[0] for line in report.sidecar_faults] == [
        "boats/ketch.xmp", "boats/sloop.xmp", "boats/more/brig.xmp",
    ]  # fmt: skip


def test_a_sound_packet_has_no_fault() -> None:
    assert fault(packet("x").encode()) == ""
    assert fault(packet("x").encode("utf-16")) == ""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as path:
        for number, name in enumerate(("a.jpg", "b.png", "b.jpg")):
            (Path(path) / "pictures").mkdir(exist_ok=True)
            flat((number * 40, 9, 9)).save(Path(path) / "pictures" / name)
        yield Path(path) / "pictures"


NAMES = ("a.xmp", "a.jpg.xmp", "b.XMP", "b.png.xmp", "b.jpg.xmp")
STEPS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.one_of(st.none(), st.sampled_from(["one", "another", "<damaged"]))),
    min_size=1,
    max_size=4,
)


@given(st.lists(STEPS, min_size=1, max_size=4))
@settings(max_examples=12)
def test_imports_one_after_another_know_what_a_new_one_does(
    folder: Path, rounds: list[list[tuple[str, str | None]]]
) -> None:
    for name in NAMES:
        (folder / name).unlink(missing_ok=True)
    conn, options = connect(":memory:", create=True), ImportOptions(workers=1)
    import_folders(conn, [folder], options=options, start=threads)
    for at, steps in enumerate(rounds, 1):
        for name, title in steps:
            if title is None:
                (folder / name).unlink(missing_ok=True)
                continue
            (folder / name).write_text(title if title.startswith("<") else packet(title, (title,)))
            os.utime(folder / name, ns=(at, at))  # what a clock that is coarse might not tell apart
        import_folders(conn, [folder], options=options, start=threads)
    fresh = connect(":memory:", create=True)
    import_folders(fresh, [folder], options=options, start=threads)
    assert described(conn) == described(fresh)
    assert set(stamps(conn, 1).values()) == set(stamps(fresh, 1).values())
    conn.close()
    fresh.close()
