"""XMP that is no XML any more, because a byte of it is damaged: what can still be told of its properties."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement

TOKEN = re.compile(r"<(?P<end>/?)(?P<tag>[\w.:-]+)(?P<attributes>[^<>]*)>|(?P<text>[^<>]+)")
ATTRIBUTE = re.compile(r"(?<![\w.:-])(?P<name>[\w.:-]+)\s*=\s*(?:\"(?P<value>[^\"]*)\"|'(?P<other>[^']*)')")


def read(text: str, description: str, names: Mapping[str, str]) -> Element:
    """Return an element named `description` with the properties that could be told, as attributes and children.

    `names` maps properties as nearly all programs write them (`dc:title`), and the elements within them, to their full
    names. A property begins wherever its tag stands, whatever is still open.
    """
    root = Element(description)
    current: Element | None = None  # the property that is open
    place: Element | None = None  # where text goes: into the property, or an item of its list
    for token in TOKEN.finditer(text):
        tag = token["tag"]
        if tag is None:
            if place is not None:
                place.text = (place.text or "") + html.unescape(token["text"])
        elif token["end"]:
            current = None if tag in names and tag != "rdf:li" else current
            place = None
        elif tag == "rdf:Description":
            for name, value in attributes(token["attributes"], names):
                root.attrib.setdefault(name, value)
        elif tag == "rdf:li" and current is not None:
            place = SubElement(current, names[tag], dict(attributes(token["attributes"], names)))
        elif tag in names:
            current = place = SubElement(root, names[tag])
    return root


def attributes(text: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the attributes of a tag that have one of the names, under their full ones."""
    found = ((match["name"], match["value"] or match["other"] or "") for match in ATTRIBUTE.finditer(text))
    return [(names[name], html.unescape(value)) for name, value in found if name in names and value]
