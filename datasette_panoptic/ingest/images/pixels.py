"""From an opened image file to the small sRGB picture that thumbnails and hashes are made from.

Nothing here resamples to an exact size. JPEG's own scaling by 2, 4 or 8 while decoding and an integer box reduction
give a long edge of 384 to 767 pixels at a third of the cost (`tests/bench/import_images.py`).
"""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import ExifTags, Image, ImageCms

#: The preview's long edge lies between this and twice this.
PREVIEW_EDGE = 384

#: The grid thumbnail's long edge lies between this and twice this.
GRID_EDGE = 160

#: An image whose header announces more is refused before anything is decoded: no camera or scanner makes it, and
#: JPEG at 1/8 still has to pass over every pixel.
MAX_PIXELS = 500_000_000

#: Of these, so many may have to be held in memory at once: 1 GB as RGBA.
MAX_DECODED_PIXELS = 256_000_000

TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

SRGB = ImageCms.createProfile("sRGB")


class TooLarge(ValueError):
    """The image has more pixels than can be decoded; the message says how many."""


def check_size(image: Image.Image) -> None:
    """Raise TooLarge for an image that is not worth starting on."""
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise TooLarge(
            f"{width:,} × {height:,} pixels are too many; at most {MAX_PIXELS // 10**6} million are accepted"
        )


def preview_of(image: Image.Image) -> Image.Image:
    """Decode an opened image at about preview size, upright, in sRGB, as L, RGB or (really transparent) RGBA.

    The image keeps no pixels of its own afterwards beyond what its decoder holds. Raises what Pillow raises.
    """
    edge = max(image.size)
    if image.format in ("JPEG", "MPO"):
        scale = next((scale for scale in (8, 4, 2) if edge // scale >= PREVIEW_EDGE), 1)
        if scale > 1:
            image.draft(None, (max(1, image.width // scale), max(1, image.height // scale)))
    if image.width * image.height > MAX_DECODED_PIXELS:
        raise TooLarge(
            f"{image.width:,} × {image.height:,} pixels need more memory than is allowed for a {image.format} file "
            f"(at most {MAX_DECODED_PIXELS // 10**6} million pixels; a JPEG may have more)"
        )
    image.load()
    plain = in_plain_mode(image)
    factor = max(plain.size) // PREVIEW_EDGE
    if factor > 1:
        plain = plain.reduce(factor)
    return upright(in_srgb(plain, image.info.get("icc_profile"), image.mode), orientation(image))


def in_plain_mode(image: Image.Image) -> Image.Image:
    """Return a picture that can be reduced without harm: L, RGB, RGBA, or CMYK (whose profile is applied later)."""
    mode = image.mode
    if mode.startswith("I") or mode == "F":
        return from_deep(image)
    if "transparency" in image.info or mode in ("LA", "La", "PA", "RGBa"):
        return image.convert("RGBA")
    if mode == "1":
        return image.convert("L")
    if mode in ("L", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert("RGBA" if mode == "P" and image.palette and image.palette.mode == "RGBA" else "RGB")


def from_deep(image: Image.Image) -> Image.Image:
    """Bring 16-bit, 32-bit and floating-point grey to 8 bits; Pillow's own conversion cuts everything above 255.

    Integers are scaled by the number of bits they use (8, 10, 12, 14, 16, more), so that 12-bit scans stored in 16
    bits are not black; floating point and negative values from their lowest to their highest.
    """
    values = np.asarray(image)
    if values.dtype.kind == "f":
        values = np.where(np.isfinite(values), values, 0)
    low, high = values.min(), values.max()
    if values.dtype.kind == "f" or low < 0:
        span = float(high) - float(low) or 1.0
        return Image.fromarray(((values.astype(np.float64) - float(low)) * (255 / span)).astype(np.uint8))
    used = int(high).bit_length()
    bits = next((bits for bits in (8, 10, 12, 14, 16) if used <= bits), used)
    return Image.fromarray((values >> (bits - 8)).astype(np.uint8))


def in_srgb(picture: Image.Image, profile: bytes | None, source_mode: str) -> Image.Image:
    """Apply an embedded colour profile where it says something else than sRGB; a broken one is as good as none."""
    if picture.mode == "RGBA":
        if picture.getchannel("A").getextrema()[0] == 255:
            return in_srgb(picture.convert("RGB"), profile, source_mode)
        colour = in_srgb(picture.convert("RGB"), profile, source_mode)
        colour.putalpha(picture.getchannel("A"))
        return colour
    # A profile describes the file's own mode: one for RGB says nothing about what was grey, 16-bit or CMYK.
    transform = transform_to_srgb(profile, picture.mode) if profile and source_mode != "LAB" else None
    if transform:
        return transform.apply(picture)
    return picture.convert("RGB") if picture.mode == "CMYK" else picture


@lru_cache(maxsize=16)
def transform_to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from a profile to sRGB; None where it is sRGB, is broken, or is for another mode."""
    try:
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if mode == "RGB" and "srgb" in (opened.profile.profile_description or "").lower():
            return None
        return ImageCms.buildTransform(opened, SRGB, mode, "RGB")
    except (OSError, ValueError, TypeError, ImageCms.PyCMSError):
        return None


def orientation(image: Image.Image) -> int:
    """Return how the picture has to be turned, 1 to 8 as in EXIF; 1 where Pillow turned it while decoding (TIFF)."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        # EXIF is written by anybody; Pillow raises whatever its parser stumbles on (struct, Syntax, Value, Key, …).
        return 1
    return value if value in TRANSPOSE else 1


def upright(picture: Image.Image, turn: int) -> Image.Image:
    return picture.transpose(TRANSPOSE[turn]) if turn in TRANSPOSE else picture
