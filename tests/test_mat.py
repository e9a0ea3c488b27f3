"""Small pictures keep their colours, and transparent ones are seen for what they show."""

from __future__ import annotations

import io
import itertools
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from datasette_panoptic.domain.corpus import Picture
from datasette_panoptic.ingest.images.decode import read_picture
from datasette_panoptic.ingest.images.hashes import look_of
from datasette_panoptic.ingest.images.mat import GROUNDS, ground, on_mat
from datasette_panoptic.ingest.images.pipeline import import_folders
from datasette_panoptic.jobs.embedders import decoded, make
from datasette_panoptic.store import embeddings
from datasette_panoptic.store.connection import connect
from datasette_panoptic.store.schema import STALE_LOOKS
from tests.corpus import picture
from tests.zoo import encoded

COLORS = {
    "white": (255, 255, 255),
    "cream": (250, 248, 235),
    "light": (200,) * 3,
    "grey": (128,) * 3,
    "black": (0,) * 3,
}
DRAWN = {
    "circle": lambda draw, color: draw.ellipse((20, 20, 180, 180), fill=color),
    "triangle": lambda draw, color: draw.polygon([(10, 190), (100, 10), (190, 190)], fill=color),
    "square": lambda draw, color: draw.rectangle((30, 30, 170, 170), fill=color),
    "bar": lambda draw, color: draw.rectangle((10, 80, 190, 120), fill=color),
    "ring": lambda draw, color: draw.ellipse((20, 20, 180, 180), outline=color, width=14),
}


def shape(name: str, color: tuple[int, ...], beside: tuple[int, ...] | None = None) -> Image.Image:
    """A shape on nothing; `beside`: the colour of a bar below it that all of them have."""
    image = Image.new("RGBA", (200, 230), (*color, 0))
    DRAWN[name](ImageDraw.Draw(image), (*color, 255))
    if beside:
        ImageDraw.Draw(image).rectangle((0, 200, 200, 230), fill=(*beside, 255))
    return image


def read(data: bytes) -> Picture:
    answer = read_picture(io.BytesIO(data))
    assert isinstance(answer, Picture), answer
    return answer


def shown(found: Picture) -> Image.Image:
    return Image.open(io.BytesIO(found.thumbnail.data))


FLAT = Image.new("RGB", (127, 90), "cyan")
for inset, color in ((4, "lime"), (20, "red"), (33, "blue")):
    ImageDraw.Draw(FLAT).rectangle((inset, inset, 126 - inset, 89 - inset), fill=color)


@pytest.mark.parametrize("format_", ["PNG", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "P", "L", "1"])
@pytest.mark.parametrize("size", [(1, 1), (16, 16), (127, 90), (5, 127)])
def test_small_pictures_are_stored_without_loss(format_: str, mode: str, size: tuple[int, int]) -> None:
    image = FLAT.resize(size, Image.Resampling.NEAREST).convert(mode)
    assert np.array_equal(shown(read(encoded(image, format_))).convert("RGB"), image.convert("RGB"))


@pytest.mark.parametrize("format_", ["PNG", "WEBP"])
def test_small_transparent_pictures_are_too(format_: str) -> None:
    image = picture(1, (100, 127)).convert("RGBA")
    image.putalpha(picture(2, (100, 127)).convert("L"))
    found = shown(read(encoded(image, format_, lossless=True)))
    ground = Image.new("RGBA", image.size, "red")
    assert np.array_equal(Image.alpha_composite(ground, found), Image.alpha_composite(ground, image))


def test_larger_pictures_are_not() -> None:
    assert read(encoded(picture(1, (128, 90)), "PNG")).thumbnail.mime == "image/jpeg"


@pytest.mark.parametrize(
    ("color", "beside"),
    [
        *((color, None) for color in COLORS),
        ("black", "white"),
        ("white", "black"),
        ("grey", "white"),
        ("light", "black"),
    ],
)
def test_shapes_on_nothing_are_told_apart(color: str, beside: str | None) -> None:
    pictures = [read(encoded(shape(name, COLORS[color], beside and COLORS[beside]), "PNG")) for name in DRAWN]
    made = make("lite0", {})
    vectors = made.embed([decoded((each.preview or each.thumbnail).data) for each in pictures])
    for one, other in itertools.combinations(range(len(pictures)), 2):
        assert float(vectors[one] @ vectors[other]) < 0.95, (one, other)
    assert len({each.perceptual_hash for each in pictures}) == len(pictures)
    assert len({each.average_hash for each in pictures}) == len(pictures)


def test_what_shows_on_white_lies_on_white() -> None:
    assert ground(shape("circle", (200, 30, 30))) == 255
    assert ground(shape("circle", COLORS["black"])) == 255
    assert ground(shape("circle", COLORS["white"])) == 128
    assert ground(Image.new("RGBA", (9, 9), (255, 255, 255, 0))) == 255, "nothing is visible"
    opaque = picture(1)
    assert on_mat(opaque) is opaque


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255)),
        min_size=1,
        max_size=30,
    )
)
def test_the_ground_hides_as_little_as_any(colors: list[tuple[int, int, int, int]]) -> None:
    """Of the grounds the first that hides a tenth at most, else the one that hides least; size plays no part."""
    image = Image.new("RGBA", (len(colors), 1))
    image.putdata(colors)

    def hidden(grey: int) -> float:
        near = [alpha for *color, alpha in colors if all(abs(channel - grey) < 48 for channel in color)]
        visible = sum(alpha for *_, alpha in colors)
        return sum(near) / visible if visible else 0.0

    expected = next((grey for grey in GROUNDS if hidden(grey) <= 0.1), min(GROUNDS, key=hidden))
    assert ground(image) == expected
    assert ground(image.resize((3 * len(colors), 2), Image.Resampling.NEAREST)) == expected


def test_what_an_earlier_release_laid_on_white_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "pictures").mkdir()
    names = ["bar", "circle", "ring"]
    for name in names:
        shape(name, COLORS["white"]).save(tmp_path / "pictures" / f"{name}.png")
    picture(1).save(tmp_path / "pictures" / "zebra.png")
    conn = connect(tmp_path / "project.db", create=True)
    import_folders(conn, [tmp_path / "pictures"])
    looks = "select average_hash, perceptual_hash, mean_color from images order by id"
    right = conn.execute(looks).fetchall()
    vector = struct.pack("<2f", 1, 0)
    own = embeddings.space(conn, "colors", "1", {}, 2)
    brought = embeddings.space(conn, "panoptic:clip", "1", {}, 2)
    for space in (own, brought):
        embeddings.add(conn, space, [(image, vector) for image in (1, 2, 3, 4)])
    # As the release before left it.
    conn.execute("update images set average_hash = 'ffffffffffffffff', mean_color = '#ffffff' where id < 4")
    conn.execute("pragma user_version = 4")
    conn.execute("delete from _sqlite_migrations where name = 'm005_mat'")
    conn.close()
    conn = connect(tmp_path / "project.db")
    kept = "select image_id from _panoptic_embeddings where space_id = ? order by image_id"
    assert conn.execute(kept, [own]).fetchall() == [(4,)]
    assert conn.execute(kept, [brought]).fetchall() == [(1,), (2,), (3,), (4,)]
    import_folders(conn, [tmp_path / "pictures"])
    assert conn.execute(looks).fetchall() == right
    assert not conn.execute("select value from _panoptic_settings where key = ?", [STALE_LOOKS]).fetchone()
    conn.execute("update images set mean_color = '#000000'")
    import_folders(conn, [tmp_path / "pictures"])
    assert conn.execute("select distinct mean_color from images").fetchall() == [("#000000",)], "it is done once"
    conn.close()


def test_looks_are_those_of_the_picture_on_its_ground() -> None:
    image = shape("circle", COLORS["white"])
    assert look_of(image) == look_of(on_mat(image))
