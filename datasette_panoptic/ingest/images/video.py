"""Import frames of a film as images: one every few seconds, or one per scene.

A frame has no file on disk, so its JPEG is kept in the project as the image's original. Frames hang below a root that
stands for the film, and say where in the film they are through three properties.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from datasette.utils.sqlite import sqlite3
from PIL import Image

from datasette_panoptic.domain.changes import SetValues
from datasette_panoptic.domain.corpus import (
    Contents,
    Decoded,
    Event,
    Found,
    ImportReport,
    Place,
    Progress,
    Refusal,
    Rejected,
    Unchanged,
    shown,
)
from datasette_panoptic.errors import IngestError
from datasette_panoptic.store import changelog, corpus, properties
from datasette_panoptic.store.changesets import make
from datasette_panoptic.store.connection import checkpoint, transaction
from datasette_panoptic.store.folders import Folders, pseudo_root
from datasette_panoptic.store.save import Writer

from .decode import read_picture
from .same_picture import turned

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

#: Nothing is lost to the eye, and frames are the only copy that the project has.
QUALITY = 90

#: Below this interval in seconds, decoding on costs less than looking for a keyframe each time.
SEEK_FROM = 2.0

#: Mean difference of grey values (0 to 255) at 64 × 36 pixels from which a keyframe shows something else than the last
#: one that was kept. Encoders put keyframes at cuts, and others at regular intervals inside long shots.
DIFFERENT = 6.0

#: Frames to a transaction.
BATCH = 32

PROPERTIES = (
    ("Film", "text", "Name of the film that the frame is from"),
    ("Time code", "text", "Where in the film the frame is: HH:MM:SS.mmm"),
    ("Frame time", "number", "Seconds from the film's beginning to the frame"),
)


@dataclass(frozen=True, slots=True)
class FilmFrame:
    seconds: float  # from the film's beginning
    decoded: VideoFrame
    ratio: float  # width of a pixel by its height

    def picture(self) -> Image.Image:
        """Return the frame as it is meant to be seen: upright, with square pixels."""
        picture: Image.Image = self.decoded.to_image()  # type: ignore[no-untyped-call]
        if self.ratio != 1:
            picture = picture.resize((max(1, round(picture.width * self.ratio)), picture.height))
        return picture.rotate(self.decoded.rotation, expand=True)


def timecode(seconds: float) -> str:
    """Return HH:MM:SS.mmm."""
    milliseconds = round(seconds * 1000)
    minutes, whole = divmod(milliseconds // 1000, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{whole:02}.{milliseconds % 1000:03}"


def import_video(
    conn: sqlite3.Connection,
    film: Path,
    *,
    every: float | None = None,
    scenes: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> ImportReport:
    """Import a film's frames, one `every` so many seconds or one per scene; frames that are there already are kept.

    Raises IngestError where PyAV is not installed, the film cannot be opened, or both or neither way was asked for.
    """
    begun = time.monotonic()
    if (every is None) == (not scenes):
        raise IngestError("choose the frames to import: `--every SECONDS` or `--scenes`")
    if every is not None and not every > 0:
        raise IngestError(f"`--every {every:g}` is not an interval; give a number of seconds above 0")
    path = os.path.realpath(os.fsencode(film))
    with closing(open_film(path)) as container:
        require_properties(conn)
        with transaction(conn):
            root = pseudo_root(conn, shown(os.path.basename(path)), f"film:{shown(path)}")
        strip = Strip(conn, path, root)
        total = math.ceil((container.duration or 0) / 1_000_000 / every) or None if every else None
        try:
            for frame in frames_of(container, every):
                strip.add(frame)
                rate = len(strip.seconds) / (time.monotonic() - begun)
                progress(Progress(len(strip.seconds), total, rate, f"{strip.name} {timecode(frame.seconds)}"))
                if cancelled():
                    break
        except (OSError, ValueError) as error:
            # PyAV's errors are either; what was read until then stays.
            strip.refuse(f"the film cannot be read to its end ({getattr(error, 'strerror', None) or error})")
        strip.flush()
    strip.describe()
    report = strip.writer.report
    report.images, report.instances = corpus.counts(conn)
    checkpoint(conn)
    report.seconds = time.monotonic() - begun
    return report


def require_properties(conn: sqlite3.Connection) -> None:
    """Raise IngestError where a property that frames are described with is there and means something else."""
    for name, type_, _ in PROPERTIES:
        known = properties.find(conn, name)
        if known and known[1:] != (type_, "instance"):
            raise IngestError(
                f"the project has a property `{name}` that is not of type {type_} for instances; rename it first"
            )


class Strip:
    """The frames of one film on their way into the project."""

    def __init__(self, conn: sqlite3.Connection, path: bytes, root: int) -> None:
        self.conn = conn
        self.root = root
        self.place = Place(path)
        self.name = shown(self.place.name)
        self.stem = os.path.splitext(self.name)[0]
        self.modified_ns = os.stat(path).st_mtime_ns
        self.events: list[Event] = []
        self.originals: dict[bytes, bytes] = {}
        self.seconds: dict[str, float] = {}  # of every frame seen, by its file's name
        self.writer = Writer(
            conn,
            Folders(conn, {path: root}),
            original=lambda event: self.originals[event.found.name],
            follow_moves=False,
            turned=turned,
        )

    def add(self, frame: FilmFrame) -> None:
        name = f"{self.stem} {timecode(frame.seconds).replace(':', '-')}.jpg"
        self.seconds[name] = frame.seconds
        known = corpus.known_files(self.conn, self.root, [name.encode()]).get(name.encode())
        if known and known.removed:
            self.events.append(Unchanged(self.place, 0, removed=1))
        elif known and known.stamp[1] == self.modified_ns:
            self.events.append(Unchanged(self.place, 1))
        else:
            out = io.BytesIO()
            frame.picture().save(out, "JPEG", quality=QUALITY)
            data = out.getvalue()
            picture = read_picture(io.BytesIO(data))
            assert not isinstance(picture, str | Refusal), f"a frame that we encoded cannot be read: {picture}"
            sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
            self.originals[name.encode()] = data
            found = Found(self.place, name.encode(), len(data))
            self.events.append(Decoded(found, Contents(sha1, len(data), self.modified_ns, picture)))
        if len(self.events) >= BATCH:
            self.flush()

    def refuse(self, reason: str) -> None:
        self.events.append(Rejected(self.place, self.place.name, Refusal(reason, again=True)))

    def flush(self) -> None:
        self.writer.write(self.events)
        self.events = []
        self.originals = {}

    def describe(self) -> None:
        """Say of each frame where it is from, unless somebody has said something else since an earlier import.

        It is one changeset with the properties that are made for it.
        """
        rows = self.conn.execute(
            "select instances.id, files.name from files join instances on instances.file_id = files.id "
            "where files.folder_id = ?",
            [self.root],
        ).fetchall()
        frames = {id_: self.seconds[name] for id_, name in rows if name in self.seconds}
        values: tuple[dict[int, str | float], ...] = (
            dict.fromkeys(frames, self.name),
            {id_: timecode(seconds) for id_, seconds in frames.items()},
            {id_: round(seconds, 3) for id_, seconds in frames.items()},
        )
        with transaction(self.conn):
            changeset = changelog.begin(self.conn, actor=None, tool="import-video")
            self.conn.execute(changelog.SUBJECTS)
            for (name, type_, description), said in zip(PROPERTIES, values, strict=True):
                known = properties.find(self.conn, name)
                property_id = (
                    known[0] if known else properties.make(self.conn, changeset, name, type_, "instance", description)
                )
                has = changelog.subjects_with(self.conn, property_id)
                unsaid = SetValues(property_id, {id_: value for id_, value in said.items() if id_ not in has})
                make(self.conn, changeset, unsaid)
            changelog.end(self.conn, changeset)


def open_film(path: bytes) -> InputContainer:
    try:
        import av
    except ImportError as error:
        raise IngestError("films need one more package: `pip install 'datasette-panoptic[video]'`") from error
    try:
        container = av.open(os.fsdecode(path))
    except (OSError, ValueError) as error:
        raise IngestError(
            f"cannot open the film `{shown(path)}`: {getattr(error, 'strerror', None) or error}"
        ) from error
    if not container.streams.video:
        container.close()
        raise IngestError(f"`{shown(path)}` has no video, only sound")
    container.streams.video[0].thread_type = "AUTO"
    return container


def frames_of(container: InputContainer, every: float | None) -> Iterator[FilmFrame]:
    return regular(container, every) if every else scenes_of(container)


def regular(container: InputContainer, every: float) -> Iterator[FilmFrame]:
    """Yield the first frame at or after 0, `every`, 2 × `every`, … seconds."""
    stream = container.streams.video[0]
    base = float(stream.time_base or 1)
    seeking = every >= SEEK_FROM
    frames = decoded(container)
    wanted, position = 0.0, -1.0
    while True:
        if seeking and position >= 0:
            container.seek(int(wanted / base) + (stream.start_time or 0), stream=stream)
            frames = decoded(container)
        first = True
        for frame in frames:
            if seeking and first and frame.seconds <= position:
                seeking = False  # keyframes are farther apart than what is wanted: simply go on from here
            first = False
            # Half a millisecond: the time code's own precision.
            if frame.seconds > position and frame.seconds + 0.0005 >= wanted:
                break
        else:
            return
        yield frame
        position = frame.seconds
        wanted = (math.floor((position + 0.0005) / every) + 1) * every


def scenes_of(container: InputContainer) -> Iterator[FilmFrame]:
    """Yield keyframes that look different from the one before: at a thirteenth of the cost of decoding every frame."""
    container.streams.video[0].codec_context.skip_frame = "NONKEY"
    last = None
    for frame in decoded(container):
        small = frame.decoded.to_ndarray(width=64, height=36, format="gray").astype(np.int16)
        if last is None or np.abs(small - last).mean() >= DIFFERENT:
            last = small
            yield frame


def decoded(container: InputContainer) -> Iterator[FilmFrame]:
    stream = container.streams.video[0]
    start = float((stream.start_time or 0) * (stream.time_base or 0))
    for frame in container.decode(stream):
        if frame.time is not None:
            ratio = stream.codec_context.sample_aspect_ratio
            yield FilmFrame(max(0.0, frame.time - start), frame, float(ratio or 1))
