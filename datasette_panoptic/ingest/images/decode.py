"""Read one image file: fingerprint, size, thumbnails, metadata. Runs in worker processes, so it imports no database.

Every failure is a value with a reason for a person; what Python cannot catch (a crash, a hang) is the pool's business.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import warnings
from collections.abc import Iterator, Sequence
from typing import IO, cast

from PIL import Image, ImageFile, UnidentifiedImageError

from datasette_panoptic.domain.corpus import Contents, Picture, Refusal

from . import metadata, pixels
from .hashes import look_of
from .reasons import damaged, unknown
from .scan import cause
from .stripped import without_metadata
from .thumbnails import encode

#: SQLite holds no value of 10⁹ bytes, and originals may be stored; no photograph is that large.
MAX_BYTES = 950_000_000

#: Files up to this size are read at once, larger ones in parts: a worker's memory stays small.
READ_AT_ONCE = 64_000_000

#: Pillow's names for the formats that are accepted, and ours. Others (EPS, PSD, FITS, …) have decoders that run
#: programs or are rarely exercised. MPO is a JPEG with more pictures behind it; Pillow finds it by itself.
FORMATS = {
    "JPEG": "jpeg",
    "MPO": "jpeg",
    "PNG": "png",
    "GIF": "gif",
    "WEBP": "webp",
    "TIFF": "tiff",
    "BMP": "bmp",
    "DIB": "bmp",
    "AVIF": "avif",
    "JPEG2000": "jp2",
    "HEIF": "heic",
}
ACCEPTED = [name for name in FORMATS if name not in ("MPO", "HEIF")]
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

#: Times a file that changes under our hands is read anew.
ATTEMPTS = 3


class Changed(Exception):
    """The file changed while it was read."""


def read_files(tasks: Sequence[tuple[bytes, tuple[str, ...]]]) -> list[Contents | Refusal]:
    """Read files, each given by its path and the SHA-1s that need no decoding; one answer per file, in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of oddities in files; none of them is the user's to act on
        return [read_file(path, known) for path, known in tasks]


def read_file(path: bytes, known: Sequence[str] = ()) -> Contents | Refusal:
    """Read one file. What it holds and what the directory says of it belong together, or it is refused."""
    try:
        for _ in range(ATTEMPTS):
            try:
                return _read(path, known)
            except Changed:
                continue
        return Refusal("the file was being changed while it was read; import again when it is finished", again=True)
    except OSError as error:
        return Refusal(f"the file cannot be read: {cause(error)}", again=True)


def _read(path: bytes, known: Sequence[str]) -> Contents | Refusal:
    # Without O_NONBLOCK, a named pipe put in the file's place since the scan would hold the worker for ever.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            return Refusal("not a file any more", again=True)
        outcome = _read_open(file, before.st_size, known)
        after = os.fstat(descriptor)
        if (after.st_size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise Changed
    if isinstance(outcome, str):
        return Refusal(outcome, before.st_size, before.st_mtime_ns)
    if isinstance(outcome, Refusal):
        return outcome
    sha1, picture = outcome
    return Contents(sha1, before.st_size, before.st_mtime_ns, picture)


def _read_open(file: IO[bytes], size: int, known: Sequence[str]) -> tuple[str, Picture | None] | Refusal | str:
    if size == 0:
        return "the file is empty"
    if size > MAX_BYTES:
        return f"the file is larger than {MAX_BYTES // 10**6} MB, the most that is accepted"
    source: IO[bytes] = file
    if size <= READ_AT_ONCE:
        data = file.read(size)
        if len(data) != size:
            raise Changed
        sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        source = io.BytesIO(data)
    else:
        digest = hashlib.file_digest(cast(io.BufferedReader, file), lambda: hashlib.sha1(usedforsecurity=False))
        sha1 = digest.hexdigest()
        file.seek(0)
    if sha1 in known:
        return sha1, None
    picture = read_picture(source)
    return picture if isinstance(picture, str | Refusal) else (sha1, picture)


def read_picture(source: IO[bytes]) -> Picture | Refusal | str:
    """Decode an image; a text says why it cannot be, a Refusal that it could be elsewhere."""
    head = source.read(32)
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS and not add_heif():
        return Refusal("HEIC needs one more package: `pip install pillow-heif`, then import again", again=True)
    reason: Exception | None = None
    for attempt in attempts(source):
        try:
            return _picture(source, *attempt)
        except pixels.TooLarge as error:
            return str(error)
        except Image.DecompressionBombError:
            return f"the image says it has more than the {pixels.MAX_PIXELS // 10**6} million pixels that are accepted"
        except MemoryError:
            return "decoding the image takes more memory than is allowed"
        except Exception as error:
            # Decoders raise whatever their parsers stumble on (struct, Syntax, Value, EOF, …); none may stop an import.
            reason = reason or error
    return unknown(head) if isinstance(reason, UnidentifiedImageError) else damaged(reason)


def attempts(source: IO[bytes]) -> Iterator[tuple[IO[bytes], bool]]:
    """Yield what to decode, and whether the picture has to be whole: the file, else its picture without the metadata.

    A damaged profile may keep an intact picture from being read, hence the last two attempts.
    """
    for whole in (True, False):
        yield source, whole
    for keep_profile in (True, False):
        stripped = without_metadata(source, keep_profile=keep_profile)
        if stripped is not None:
            for whole in (True, False):
                yield io.BytesIO(stripped), whole


def _picture(source: IO[bytes], file: IO[bytes], whole: bool) -> Picture:
    """Decode an image; unless `whole`, one whose end is missing is taken as far as it goes and marked as damaged.

    `file` is the source or what is left of it without its metadata, which are read from the source. The picture comes
    first; what is optional is read after it, so that no fault in it can cost the picture.
    """
    ImageFile.LOAD_TRUNCATED_IMAGES = not whole
    file.seek(0)
    with Image.open(file, formats=accepted()) as image:
        pixels.check_size(image)
        turn = pixels.orientation(image)
        width, height = image.size if turn < 5 else image.size[::-1]
        preview = pixels.preview_of(image)
        format_ = FORMATS[image.format or ""]
        taken_at, known = metadata.read(image, source)
        known |= frames_of(image, file)
    if not whole:
        known["damaged"] = "what could be read is shown; the rest of the file is missing or broken"
    preview.info = {}  # Pillow would write the original's comment into the thumbnails
    edge = max(preview.size)
    small = preview.reduce(edge // pixels.GRID_EDGE) if edge >= 2 * pixels.GRID_EDGE else preview
    look = look_of(preview, small)
    return Picture(
        width=width,
        height=height,
        format=format_,
        average_hash=look.average_hash,
        perceptual_hash=look.perceptual_hash,
        mean_color=look.mean_color,
        taken_at=taken_at,
        metadata=known,
        thumbnail=encode(small),
        preview=encode(preview) if preview is not small else None,
    )


def accepted() -> list[str]:
    return [*ACCEPTED, "HEIF"] if "HEIF" in Image.OPEN else ACCEPTED


def add_heif() -> bool:
    """Teach Pillow HEIC where pillow-heif is installed; done for the first such file only, as it costs 50 ms."""
    try:
        from pillow_heif import register_heif_opener
    except ImportError:
        return False
    if "HEIF" not in Image.OPEN:
        register_heif_opener(thumbnails=False)
    return True


def frames_of(image: Image.Image, file: IO[bytes]) -> dict[str, object]:
    """Return how many pictures an animation or a file of several pages holds, if more than one.

    Depth maps of phones (MPO) are no pictures. Counting walks through GIF and TIFF files, on a copy of its own: at a
    damaged page Pillow's image stays.
    """
    if image.format in ("JPEG", "MPO"):
        return {}
    try:
        if image.format in ("GIF", "TIFF"):
            file.seek(0)
            with Image.open(file, formats=[image.format]) as again:
                frames = again.n_frames  # type: ignore[attr-defined]
        else:
            frames = getattr(image, "n_frames", 1)
    except Exception:  # whatever the decoder's parser stumbles on
        return {"damaged": "a later picture in the file cannot be read"}
    return {"frames": frames} if frames > 1 else {}
