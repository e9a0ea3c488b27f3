"""Where a picture was taken, in degrees, north and east positive: as EXIF and as XMP write it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from PIL import ExifTags

#: XMP's way: degrees, minutes with a fraction or minutes and seconds, and the direction.
ANGLE = re.compile(r"(\d{1,3}),(\d{1,2}(?:\.\d+)?)(?:,(\d{1,2}(?:\.\d+)?))?\s*([NSEW])")


def from_exif(gps: Mapping[int, object]) -> dict[str, float]:
    """Return latitude and longitude; nothing where either is absent or impossible."""
    latitude = degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S")
    longitude = degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W")
    return possible(latitude, longitude)


def from_xmp(latitude: str, longitude: str) -> dict[str, float]:
    """The same of texts such as `48,51.4933N`."""
    return possible(angle(latitude), angle(longitude))


def possible(latitude: float | None, longitude: float | None) -> dict[str, float]:
    if latitude is None or longitude is None or abs(latitude) > 90 or abs(longitude) > 180:
        return {}
    # Cameras without a fix write zeros.
    return {"latitude": latitude, "longitude": longitude} if latitude or longitude else {}


def degrees(value: object, reference: object, negative: str) -> float | None:
    if not isinstance(value, tuple) or len(value) != 3:
        return None
    degree, minute, second = (float(part) for part in value)
    total = degree + minute / 60 + second / 3600
    if total != total:  # 0/0 in a rational is not a number
        return None
    return round(-total if str(reference).strip("\0 ").upper() == negative else total, 7)


def angle(text: str) -> float | None:
    match = ANGLE.fullmatch(text)
    if not match:
        return None
    total = int(match[1]) + float(match[2]) / 60 + float(match[3] or 0) / 3600
    return round(-total if match[4] in "SW" else total, 7)
