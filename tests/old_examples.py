"""Two projects of Panoptic with something of everything, for tests of what becomes of it."""

from __future__ import annotations

import hashlib
from pathlib import Path

from .corpus import paint
from .old_projects import hash_of, instance_07, jpeg, project_07, project_10

TAB = {
    "name": "Cats", "display": "tree", "filterState": {
        "folders": [2], "filter": {"filters": [{"propertyId": 1, "operator": "containsAny", "value": [2]}]},
    }, "groupState": {"groupBy": [3], "options": {"3": {"stepUnit": "Year", "direction": 1, "type": 1}}},
}  # fmt: skip


def old_07(tmp_path: Path) -> Path:
    """Five files, one of them with three publications, one gone, one lost; a folder of another machine."""
    paint(tmp_path / "pics", 2)
    paint(tmp_path / "pics" / "sub", 1, first=2)
    return project_07(
        tmp_path / "old07",
        {
            "folders": [
                {"id": 1, "path": str(tmp_path / "pics"), "name": "pics"},
                {"id": 2, "path": f"{tmp_path / 'pics'}/sub", "name": "sub", "parent": 1},
                {"id": 3, "path": "C:\\Users\\Zoé\\été", "name": "été"},
            ],
            "instances": [
                instance_07(1, "00000.jpg", 1),
                instance_07(2, "00001.jpg", 2),
                instance_07(3, "00002.jpg", 3, folder=2),
                instance_07(4, "gone.png", 4, folder=3),
                instance_07(5, "lost.jpg", 5, folder=3),
                instance_07(8, "00000.jpg", 1),
                instance_07(9, "00000.jpg", 1),
            ],
            "images": [{"sha1": hash_of(4), "small": jpeg(4, (60, 45)), "medium": jpeg(4), "large": b""}],
            "property_group": [{"id": 1, "name": "Posts"}, {"id": 2, "name": "Look"}],
            "properties": [
                {"id": 1, "name": "Topic", "type": "multi_tags", "mode": "sha1", "property_group_id": 2},
                {"id": 2, "name": "Tweet", "type": "number", "mode": "id", "property_group_id": 1},
                {"id": 3, "name": "When", "type": "date", "mode": "id", "property_group_id": 1},
                {"id": 4, "name": "Kind", "type": "tag", "mode": "id"},
                {"id": 5, "name": "Hue", "type": "color", "mode": "sha1"},
                {"id": 6, "name": "Seen", "type": "checkbox", "mode": "sha1"},
                {"id": 7, "name": "width", "type": "text", "mode": "id"},
                {"id": 8, "name": "Where", "type": "path", "mode": "id"},
                {"id": 9, "name": "Link", "type": "url", "mode": "id"},
            ],
            "tags": [
                {"id": 1, "property_id": 1, "value": "animal", "parents": [], "color": "8"},
                {"id": 2, "property_id": 1, "value": "cat", "parents": [1], "color": "0"},
                {"id": 3, "property_id": 1, "value": "pet", "parents": [], "color": "-1"},
                {"id": 4, "property_id": 1, "value": "tom", "parents": [2, 3], "color": None},
                {"id": 5, "property_id": 4, "value": "meme", "parents": [], "color": "11"},
            ],
            "image_property_values": [
                {"property_id": 1, "sha1": hash_of(1), "value": [2, 3]},
                {"property_id": 1, "sha1": hash_of(4), "value": [4]},
                {"property_id": 5, "sha1": hash_of(4), "value": "0"},
                {"property_id": 6, "sha1": hash_of(2), "value": "true"},
            ],
            "instance_property_values": [
                {"property_id": 2, "instance_id": 8, "value": "1587417081380757446"},
                {"property_id": 2, "instance_id": 9, "value": '"many"'},
                {"property_id": 3, "instance_id": 1, "value": '"1890-01-01T00:00:00Z"'},
                {"property_id": 4, "instance_id": 9, "value": [5]},
                {"property_id": 7, "instance_id": 3, "value": '"2 cm"'},
                {"property_id": 8, "instance_id": 3, "value": '"/a/b"'},
                {"property_id": 9, "instance_id": 2, "value": '"http://example.org"'},
            ],
            "vector_type": [{"id": 1, "source": "PanopticML", "params": {"model": "clip"}}],
            "vectors": [{"type_id": 1, "sha1": hash_of(1), "data": b"\0" * 16}],
            "maps": [{"source": "PanopticML", "name": "all", "key": "sha1", "count": 1, "data": "[]"}],
            "ui_data": [
                {"key": "user:0.tabs", "value": {"1": TAB}},
                {"key": "user:0.propertyOrder", "value": {"groups": {"2": 0, "1": 1}, "properties": {"3": 0, "2": 1}}},
            ],
        },
    )  # fmt: skip


def old_10(tmp_path: Path) -> Path:
    """The like in 1.0: a file with a publication, one gone of which there is a thumbnail; deleted and undone rows."""
    [first, _] = paint(tmp_path / "pics", 2)
    sha1 = hashlib.sha1(first.read_bytes()).hexdigest()
    system = {"mode": "sha1", "access": "read", "operation": 1}
    alive, dead = {"operation": 1}, {"operation": -1}
    return project_10(
        tmp_path / "old10",
        {
            "folders": [{"id": 1, "source_id": 1, "path": str(tmp_path / "pics"), "name": "pics"}],
            "files": [
                {"id": 1, "name": "00000.jpg", "folder_id": 1, "sha1": sha1, "width": 160, "height": 120},
                {"id": 2, "name": "gone.jpg", "folder_id": 1, "sha1": hash_of(2), "width": 800, "height": 600},
                {"id": 3, "name": "copy.jpg", "folder_id": 1, "sha1": sha1, "width": 160, "height": 120},
            ],
            "instances": [
                {"id": 1, "file_id": 1, "sha1": sha1},
                {"id": 2, "file_id": 2, "sha1": hash_of(2)},
                {"id": 3, "file_id": 3, "sha1": sha1},
                {"id": 7, "file_id": 1, "sha1": sha1},
            ],
            "properties": [
                {"id": 1, "dtype": "sha1", "name": "sha1", "system_key": "sha1", **system},
                {"id": 11, "dtype": "multi_tags", "mode": "sha1", "name": "Topic", "tag_list_id": 11, **alive},
                {"id": 12, "dtype": "date", "mode": "file", "name": "When", "property_group_id": 1, **alive},
                {"id": 13, "dtype": "text", "mode": "id", "name": "Said", **alive},
                {"id": 14, "dtype": "checkbox", "mode": "sha1", "name": "Seen", **alive},
                {"id": 15, "dtype": "text", "mode": "id", "name": "Deleted", **dead},
            ],
            "property_groups": [{"id": 1, "name": "Posts", **alive}, {"id": 2, "name": "Deleted", **dead}],
            "tags": [
                {"id": 1, "list_id": 11, "value": "animal", "parents": [], "color": 3, **alive},
                {"id": 2, "list_id": 11, "value": "cat", "parents": [1], "color": None, **alive},
                {"id": 3, "list_id": 11, "value": "deleted", "parents": [1], "color": 1, **dead},
            ],
            "instance_values": [
                {"property_id": 13, "instance_id": 7, "value": '"second"', **alive},
                {"property_id": 13, "instance_id": 1, "value": '"undone"', **dead},
            ],
            "file_values": [
                {"property_id": 12, "file_id": 1, "value": '"2022-03-04T10:30:00Z"', **alive},
                {"property_id": 12, "file_id": 2, "value": '"sometime"', **alive},
            ],
            "sha1_values": [{"property_id": 14, "sha1": hash_of(2), "value": "false", **alive}],
            "sha1_tag_values": [
                {"sha1": hash_of(2), "property_id": 11, "tag_id": 1, **alive},
                {"sha1": hash_of(2), "property_id": 11, "tag_id": 2, **alive},
                {"sha1": sha1, "property_id": 11, "tag_id": 2, **dead},
            ],
            "commits": [{"id": 1, "source": "x", "active": 1}],
        },
        {
            "image_types": [
                {"id": 1, "name": "small", "width": 60, "height": 60},
                {"id": 2, "name": "large", "width": 120, "height": 120},
            ],
            "images": [
                {"type_id": 1, "sha1": hash_of(2), "data": jpeg(2, (60, 45))},
                {"type_id": 2, "sha1": hash_of(2), "data": jpeg(2)},
            ],
        },
        {
            "tab_data": [
                {"id": "a", "user_id": "u", "state": {
                    "name": "Mine", "splitView": True, "visibleProperties": {"13": True},
                    "collections": [
                        {"id": "c1", "groupState": {"groupBy": [12], "sha1Mode": True}},
                        {"id": "c2", "sortState": {"sortBy": [13]}},
                    ],
                    "views": [{"type": "grid", "collectionId": "c1"}, {"type": "tree", "collectionId": "c2"}],
                }},
            ],
        },
    )  # fmt: skip
