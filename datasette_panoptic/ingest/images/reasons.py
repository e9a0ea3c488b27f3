"""Why a file is no image that can be shown, in words for people: of decoders they hear nothing."""

from __future__ import annotations

import errno
import re

from .scan import cause

#: What decoders call a file that ends too early.
TOO_SHORT = re.compile(
    r"truncat|end of|ended|eof|not enough|too short|incomplete|requires a buffer|short read", re.IGNORECASE
)
#: What they call a file that is whole, and beyond them.
BEYOND = re.compile(
    r"unsupported|not supported|unknown|unrecognized|cannot handle|can't handle|not available", re.IGNORECASE
)


def unknown(head: bytes) -> str:
    """Say what a file is that no decoder takes, from how it begins."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return "the file is a web page, not an image; the download it comes from probably failed"
    if start.startswith((b"<svg", b"<?xml")):
        return "the file is XML (perhaps SVG), which is not an accepted image format"
    if head.startswith(b"%PDF") or start.startswith(b"%!ps"):
        return "the file is a PDF or PostScript document, not an image"
    if not head.strip(b"\0"):
        return "the file holds nothing but zeros"
    if all(byte >= 32 or byte in b"\t\r\n" for byte in head):
        return "the file holds text, not an image"
    return "the file is not an image of an accepted format, or its beginning is damaged"


def damaged(error: Exception | None) -> str:
    """Say why a decoder gave up, in words for people: its own name places in its code."""
    if isinstance(error, OSError) and error.errno not in (None, errno.EINVAL):
        return f"the file cannot be read: {cause(error)}"
    if isinstance(error, EOFError | IndexError) or TOO_SHORT.search(str(error)):
        return "the image is damaged: the file ends before the picture does"
    if BEYOND.search(str(error)):
        return "the image is damaged, or of a rare kind that cannot be shown; save it anew as PNG, TIFF or JPEG"
    return "the image is damaged and cannot be shown"
