"""The demo's pictures: real files, the same each time, with what a corpus needs to be worth exploring."""

from __future__ import annotations

from hashlib import sha1

import pytest
from PIL import Image

from datasette_panoptic.ingest.demo.samples import PHOTOGRAPHS, make_samples


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    return folder, make_samples(folder)


def digests(folder):
    return {path.relative_to(folder): sha1(path.read_bytes()).hexdigest() for path in folder.rglob("*.*")}


def test_every_file_opens(samples):
    folder, count = samples
    paths = [path for path in folder.rglob("*") if path.is_file()]
    assert len(paths) == count > 300
    for path in paths:
        with Image.open(path) as picture:
            picture.load()


def test_there_are_photographs_and_identical_copies(samples):
    folder, _ = samples
    assert {path.stem for path in folder.glob("photographs/*.jpg")} == set(PHOTOGRAPHS)
    found = list(digests(folder).values())
    assert 10 < len(found) - len(set(found)) < 60


def test_the_same_files_each_time(samples, tmp_path):
    folder, _ = samples
    make_samples(tmp_path)
    assert digests(tmp_path) == digests(folder)
