"""What a thread writes reaches the reader at the reader's pace, whole or visibly broken."""

from __future__ import annotations

import asyncio
import threading

import pytest

from datasette_panoptic.errors import BadQuery
from datasette_panoptic.web.http import streaming
from datasette_panoptic.web.http.streaming import BLOCK, WAITING, streamed


class Request:
    """A request whose reader stays, until it is told to go."""

    def __init__(self):
        self.has_gone = asyncio.Event()

    async def receive(self):
        await self.has_gone.wait()
        return {"type": "http.disconnect"}


def writes(blocks, written):
    def write(file):
        for n in range(blocks):
            file.write(bytes([n % 256]) * BLOCK)
            written.append(n)

    return write


async def body_of(response, sent=None):
    sent = [] if sent is None else sent

    async def send(message):
        sent.append(message)

    await response.asgi_send(send)
    return b"".join(message.get("body", b"") for message in sent)


@pytest.mark.asyncio
async def test_all_of_it_comes_in_order():
    response = await streamed(Request(), writes(3, []), {"x-a": "b"}, "text/csv")
    sent = []
    assert await body_of(response, sent) == b"".join(bytes([n]) * BLOCK for n in range(3))
    assert sent[0]["headers"] == [[b"x-a", b"b"], [b"content-type", b"text/csv"]]


@pytest.mark.asyncio
async def test_a_short_answer_and_an_empty_one():
    assert await body_of(await streamed(Request(), lambda file: file.write(b"x"), {}, "text/csv")) == b"x"
    assert await body_of(await streamed(Request(), lambda file: None, {}, "text/csv")) == b""


@pytest.mark.asyncio
async def test_what_goes_wrong_before_the_first_block_is_an_error_of_the_request():
    def write(file):
        file.write(b"some")
        raise BadQuery("no such thing")

    with pytest.raises(BadQuery, match="no such thing"):
        await streamed(Request(), write, {}, "text/csv")


@pytest.mark.asyncio
async def test_what_goes_wrong_later_breaks_the_answer_off():
    def write(file):
        file.write(b"x" * BLOCK)
        raise ValueError("the disk is gone")

    response = await streamed(Request(), write, {}, "text/csv")
    sent = []
    with pytest.raises(ValueError, match="the disk is gone"):
        await body_of(response, sent)
    assert sent[-1]["more_body"]


@pytest.mark.asyncio
async def test_the_writer_waits_for_the_reader():
    written = []
    response = await streamed(Request(), writes(50, written), {}, "text/csv")
    await asyncio.sleep(0.2)
    assert len(written) <= WAITING + 2
    assert len(await body_of(response)) == 50 * BLOCK


@pytest.mark.asyncio
async def test_the_writer_stops_when_the_reader_goes():
    request, written, ended = Request(), [], threading.Event()

    def write(file):
        try:
            writes(1000, written)(file)
        finally:
            ended.set()

    response = await streamed(request, write, {}, "text/csv")

    async def send(message):
        request.has_gone.set()
        await asyncio.sleep(0)

    await response.asgi_send(send)
    assert await asyncio.to_thread(ended.wait, 10)
    assert len(written) < 50


@pytest.mark.asyncio
async def test_a_reader_who_takes_nothing_is_given_up(monkeypatch):
    monkeypatch.setattr(streaming, "PATIENCE", 0.1)
    ended = threading.Event()

    def write(file):
        try:
            writes(1000, [])(file)
        finally:
            ended.set()

    await streamed(Request(), write, {}, "text/csv")
    assert await asyncio.to_thread(ended.wait, 10)
