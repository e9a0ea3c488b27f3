"""The chart as an image: well-formed, legible without colours, and each bar a link to what it counts."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from tests.rows import Instance, Picture, Property, describe, fill
from tests.serving import serving

from .test_order import FOLDERS

SVG = "{http://www.w3.org/2000/svg}"
DATES = ["1968-05-03", "1968", "1970-01-01", "1990", None]


@pytest.fixture
def sample(project):
    fill(
        project.conn, FOLDERS,
        [Picture(taken_at=date, bytes=10 * n) for n, date in enumerate(DATES)],
        [Instance(n, 0, f"{n}.jpg") for n in range(len(DATES))],
    )  # fmt: skip
    describe(project.conn, [Property("Said <&>", "date", "instance", {0: "1900", 1: "1900"})])
    return project


async def drawn(datasette, query: str):
    response = await datasette.client.get(f"/project/-/panoptic/chart.svg?{query}")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("image/svg+xml")
    return ElementTree.fromstring(response.text)


def bars(svg) -> dict[str, str]:
    return {bar.get("aria-label"): bar.get("href") for bar in svg.iter(f"{SVG}a")}


@pytest.mark.asyncio
async def test_each_bar_leads_to_what_it_counts_and_gaps_stay_empty(sample):
    async with serving(sample.path) as datasette:
        svg = await drawn(datasette, "_field=taken_at&format=jpeg&_thumb=100&_at=3")
        assert bars(svg) == {
            f"{year}: {n}": f"/project/-/panoptic?format=jpeg&taken_at__within={year}&_thumb=100"
            for year, n in {1968: 2, 1970: 1, 1990: 1}.items()
        }
        for label, href in bars(svg).items():
            counts = (await datasette.client.get(href.replace("?", "/count.json?"))).json()
            assert label.endswith(f": {counts['instances']}")
        assert svg.find(f"{SVG}title").text == "Capture date, by year"
        assert svg.find(f"{SVG}desc").text == "4 in total, 1 without a value"
        assert [text.text for text in svg.iter(f"{SVG}text")] == ["1968", "1979", "1990"]


@pytest.mark.asyncio
async def test_the_bar_that_is_asked_for_stands_out_and_takes_the_question_back(sample):
    async with serving(sample.path) as datasette:
        svg = await drawn(datasette, "_field=taken_at&taken_at__within=1970")
        assert bars(svg)["1970: 1"] == "/project/-/panoptic"
        assert bars(svg)["1968: 2"].endswith("?taken_at__within=1968")
        assert [bar.get("class") for bar in svg.iter(f"{SVG}a")] == ["rest", "on", "rest"]


@pytest.mark.asyncio
async def test_numbers_steps_and_languages(sample):
    async with serving(sample.path) as datasette:
        svg = await drawn(datasette, "_field=bytes&_step=20")
        assert bars(svg)["20 to less than 40: 2"] == "/project/-/panoptic?bytes__gte=20&bytes__lt=40"
        svg = await drawn(datasette, "_field=taken_at&_step=decade&_lang=fr")
        assert svg.get("aria-label") == "Date de prise de vue, par décennie"
        assert [label.partition(" ")[0] for label in bars(svg)] == ["1960", "1970", "1990"]
        vague = await drawn(datasette, "_field=taken_at&_step=month")
        assert "2 dates are not precise enough" in vague.find(f"{SVG}desc").text


@pytest.mark.asyncio
async def test_nothing_to_draw_and_names_to_escape(sample):
    async with serving(sample.path) as datasette:
        assert bars(await drawn(datasette, "_field=taken_at&format=png")) == {}
        svg = await drawn(datasette, "_field=Said+%3C%26%3E")
        assert svg.get("aria-label") == "Said <&>, by year"
        assert list(bars(svg)) == ["1900: 2"]
