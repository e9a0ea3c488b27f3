"""Films that the tests encode themselves, and the frames that become images of them."""

from __future__ import annotations

import builtins
import hashlib
from fractions import Fraction
from pathlib import Path

import imagehash
import numpy as np
import pytest

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import IngestError
from datasette_panoptic.ingest.images import video
from datasette_panoptic.ingest.images.video import import_video, timecode
from datasette_panoptic.store import corpus, properties
from datasette_panoptic.store.history import history
from datasette_panoptic.store.undo import redo, undo
from tests.conftest import Project
from tests.corpus import picture
from tests.imports import happened, run

av = pytest.importorskip("av", reason="PyAV is not installed")

RATE = 10


def shoot(
    path: Path, *, seconds: int = 12, shot: int = 3, keyframes: int = 10, ratio: Fraction | None = None, offset: int = 0
) -> Path:
    """Encode a film: another picture every `shot` seconds, a keyframe every so many frames (and no others)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as film:
        options = {"g": str(keyframes), "sc_threshold": "0"}
        stream = film.add_stream("mpeg4", rate=RATE, options=options)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        if ratio:
            stream.codec_context.sample_aspect_ratio = ratio
        for number in range(seconds * RATE):
            image = picture(number // RATE // shot)
            frame = av.VideoFrame.from_ndarray(np.asarray(image), format="rgb24")
            frame.pts, frame.time_base = number + offset, Fraction(1, RATE)
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shoot(tmp_path_factory.mktemp("films") / "Film Noir.mp4")


def times(project: Project) -> list[float]:
    return [row[0] for row in project.conn.execute('select "Frame time" from corpus order by 1')]


@pytest.mark.parametrize(("every", "expected"), [(1, 12), (2, 6), (2.5, 5), (5, 3), (7, 2), (60, 1), (0.5, 24)])
@pytest.mark.parametrize("keyframes", [5, 40, 1000])
def test_every_so_many_seconds(project: Project, tmp_path: Path, every: float, expected: int, keyframes: int) -> None:
    """The frames are the same wherever the encoder put its keyframes."""
    told: list[Progress] = []
    film = shoot(tmp_path / "f.mp4", keyframes=keyframes)
    report = import_video(project.conn, film, every=every, progress=told.append)
    assert report.added == expected == told[-1].done == told[-1].total
    assert times(project) == pytest.approx([every * n for n in range(expected)])


def test_the_right_frame_is_taken(project: Project, film: Path) -> None:
    """Each shot has a picture of its own; the hash of each frame is that of its shot, not of its neighbour."""
    import_video(project.conn, film, every=3)
    hashes = [row[0] for row in project.conn.execute("select perceptual_hash from corpus order by instance_id")]
    assert len(hashes) == 4
    for number, found in enumerate(hashes):
        distances = [imagehash.hex_to_hash(found) - imagehash.phash(picture(shot)) for shot in range(4)]
        assert distances.index(min(distances)) == number


def test_scenes(project: Project, film: Path) -> None:
    report = import_video(project.conn, film, scenes=True)
    assert report.added == 4
    assert times(project) == [0, 3, 6, 9]


def test_what_is_stored(project: Project, film: Path) -> None:
    import_video(project.conn, film, every=5)
    rows = project.conn.execute(
        'select folder, file_name, width, height, format, "Film", "Time code", "Frame time" from corpus'
    ).fetchall()
    assert rows == [
        ("Film Noir.mp4", f"Film Noir 00-00-{n:02}.000.jpg", 160, 120, "jpeg", "Film Noir.mp4", f"00:00:{n:02}.000", n)
        for n in (0, 5, 10)
    ]
    originals = project.conn.execute(
        "select sha1, mime, data from images join _panoptic_originals on image_id = images.id"
    ).fetchall()
    assert len(originals) == 3
    assert all(hashlib.sha1(data).hexdigest() == sha1 and mime == "image/jpeg" for sha1, mime, data in originals)
    assert corpus.file_path(project.conn, 1) is None


def test_again_changes_nothing(project: Project, film: Path) -> None:
    import_video(project.conn, film, every=3)
    before = "\n".join(project.conn.iterdump())
    assert happened(import_video(project.conn, film, every=3)) == {"unchanged": 4}
    assert "\n".join(project.conn.iterdump()) == before


def test_what_an_import_says_is_one_changeset(project: Project, film: Path) -> None:
    import_video(project.conn, film, every=1)
    assert [entry.tool for entry in history(project.conn)] == ["import-video"]
    columns = [row[0] for row in project.conn.execute("select name from pragma_table_info('corpus')")]
    undo(project.conn, actor=None)
    assert {"Film", "Time code", "Frame time"} <= set(columns)
    assert not project.conn.execute("select * from properties where deleted_at is null").fetchall()
    redo(project.conn, actor=None)
    assert project.conn.execute('select count("Film") from corpus').fetchone()[0] > 0
    import_video(project.conn, film, every=1)
    assert [entry.tool for entry in history(project.conn)] == ["redo", "undo", "import-video"]


def test_denser_adds_what_is_between(project: Project, film: Path) -> None:
    import_video(project.conn, film, every=4)
    assert happened(import_video(project.conn, film, every=2)) == {"added": 3, "unchanged": 3}
    assert times(project) == [0, 2, 4, 6, 8, 10]


def test_begun_again_after_being_cancelled(project: Project, film: Path) -> None:
    assert import_video(project.conn, film, every=3, cancelled=lambda: True).added == 1
    assert happened(import_video(project.conn, film, every=3)) == {"added": 3, "unchanged": 1}
    assert times(project) == [0, 3, 6, 9]


def test_frames_that_were_left_undescribed_are_described_by_the_next_import(
    project: Project, film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(video.Strip, "describe", lambda *_: None)  # as if killed just before
        import_video(project.conn, film, every=3)
    assert not history(project.conn)
    import_video(project.conn, film, every=3)
    assert times(project) == [0, 3, 6, 9]


def test_what_somebody_wrote_is_kept(project: Project, film: Path) -> None:
    import_video(project.conn, film, every=3)
    project.conn.execute('update instance_values set "Film" = ?', ["Citizen Kane"])
    import_video(project.conn, film, every=3)
    assert {row[0] for row in project.conn.execute('select "Film" from corpus')} == {"Citizen Kane"}


def test_a_film_that_was_cut_anew(project: Project, tmp_path: Path) -> None:
    film = shoot(tmp_path / "f.mp4")
    import_video(project.conn, film, every=3)
    shoot(film, shot=1)
    assert import_video(project.conn, film, every=3).changed == 3, "the first frame is the same"
    assert project.conn.execute("select count(*) from instances").fetchone() == (4,)


def test_two_films_of_one_name(project: Project, tmp_path: Path) -> None:
    for number, folder in enumerate(("a", "b")):
        import_video(project.conn, shoot(tmp_path / folder / "f.mp4", shot=number + 1), every=6)
    assert project.conn.execute("select name, source from folders").fetchall() == [
        ("f.mp4", f"film:{tmp_path}/a/f.mp4"),
        ("f.mp4", f"film:{tmp_path}/b/f.mp4"),
    ]
    assert len(times(project)) == 4


def test_scanning_the_films_folder_leaves_its_frames_alone(project: Project, tmp_path: Path) -> None:
    film = shoot(tmp_path / "films" / "f.mp4")
    import_video(project.conn, film, every=6)
    film.unlink()
    assert run(project, tmp_path / "films") == {}
    assert project.conn.execute("select count(*) from files where missing_since is null").fetchone() == (2,)


def test_pixels_that_are_not_square(project: Project, tmp_path: Path) -> None:
    import_video(project.conn, shoot(tmp_path / "f.mp4", seconds=1, ratio=Fraction(64, 45)), every=5)
    assert project.conn.execute("select width, height from images").fetchall() == [(round(160 * 64 / 45), 120)]


def test_time_counts_from_the_films_beginning(project: Project, tmp_path: Path) -> None:
    import_video(project.conn, shoot(tmp_path / "f.mkv", seconds=7, offset=1000), every=3)
    assert times(project) == [0, 3, 6]


def test_a_film_that_breaks_off(project: Project, tmp_path: Path) -> None:
    film = shoot(tmp_path / "f.mkv")
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    report = import_video(project.conn, film, every=3)
    assert 1 <= report.added <= 4


@pytest.mark.parametrize(
    ("name", "arguments", "words"),
    [
        ("Film Noir.mp4", {}, "choose the frames"),
        ("Film Noir.mp4", {"every": 5, "scenes": True}, "choose the frames"),
        ("Film Noir.mp4", {"every": 0}, "is not an interval"),
        ("Film Noir.mp4", {"every": float("nan")}, "is not an interval"),
        ("nothing.mp4", {"every": 5}, "cannot open the film"),
        ("text.mp4", {"every": 5}, "cannot open the film"),
    ],
    ids=["no way", "both ways", "zero", "nan", "absent", "no film"],
)
def test_what_cannot_be_imported(
    project: Project, film: Path, name: str, arguments: dict[str, object], words: str
) -> None:
    (film.parent / "text.mp4").write_text("once upon a time")
    with pytest.raises(IngestError, match=words):
        import_video(project.conn, film.parent / name, **arguments)  # type: ignore[arg-type]
    for table in ("folders", "properties"):
        assert project.conn.execute(f"select count(*) from {table}").fetchone() == (0,)


def test_a_property_of_the_same_name_is_not_overwritten(project: Project, film: Path) -> None:
    properties.create(project.conn, "film", "tag", "instance")
    with pytest.raises(IngestError, match="rename it first"):
        import_video(project.conn, film, every=5)


def test_without_pyav_it_is_said_what_to_install(project: Project, film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    really = builtins.__import__

    def absent(name: str, *args: object, **kwargs: object) -> object:
        if name == "av":
            raise ImportError(name)
        return really(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(IngestError, match=r"pip install 'datasette-panoptic\[video\]'"):
        import_video(project.conn, film, every=5)


TIMECODES = {0.0: "00:00:00.000", 59.9996: "00:01:00.000", 3725.25: "01:02:05.250", 360000.0: "100:00:00.000"}


@pytest.mark.parametrize("seconds", TIMECODES)
def test_timecode(seconds: float) -> None:
    assert timecode(seconds) == TIMECODES[seconds]
