"""What a test reads of a page, it reads when the page rests: nothing is being fetched and no short timer runs.

A person waits for an answer before looking; a test that looks at once sees whatever had arrived, which on a busy
machine is something else each time. So every reading method of Playwright's pages and locators waits first, in the
windows that are to be `watched`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

#: Runs in a page before its own scripts, and counts what is under way. Longer timers are polls and toasts.
COUNTING = """(() => {
    const LONG_MS = 450;
    const { fetch, setTimeout, clearTimeout } = window;
    const waiting = new Set();
    window.underWay = 0;
    const over = () => setTimeout(() => window.underWay--);
    window.fetch = (...asked) => {
        window.underWay++;
        const answer = fetch(...asked);
        answer.then((got) => got.clone().blob()).then(over, over);
        return answer;
    };
    window.setTimeout = (then, delay = 0, ...rest) => {
        if (delay > LONG_MS || typeof then !== "function") return setTimeout(then, delay, ...rest);
        window.underWay++;
        const id = setTimeout(() => {
            if (waiting.delete(id)) window.underWay--;
            then(...rest);
        }, delay);
        waiting.add(id);
        return id;
    };
    window.clearTimeout = (id) => {
        if (waiting.delete(id)) window.underWay--;
        clearTimeout(id);
    };
})();"""

#: Resolves after two frames in which nothing was under way, or after a while: some pages never rest.
RESTING = """() => new Promise((rest) => {
    const end = performance.now() + 3_000;
    let calm = 0;
    const look = () => {
        calm = window.underWay ? 0 : calm + 1;
        if (calm > 1 || performance.now() > end) rest();
        else requestAnimationFrame(look);
    };
    look();
})"""

READING = (
    "all_inner_texts", "all_text_contents", "bounding_box", "count", "evaluate", "evaluate_all", "get_attribute",
    "inner_html", "inner_text", "input_value", "is_checked", "is_disabled", "is_enabled", "is_hidden", "is_visible",
    "screenshot", "text_content",
)  # fmt: skip


_watched: WeakSet[Any] = WeakSet()


def watch(context: Any) -> None:
    """From now on, let whatever reads a page of this context wait until the page rests."""
    _patch()
    context.add_init_script(COUNTING)
    _watched.add(context)


def rest(page: Any) -> None:
    """Wait until the page rests."""
    from playwright.sync_api import Error

    if page.context not in _watched:
        return
    try:
        _evaluate()(page, RESTING)
    except Error:  # it went to another page meanwhile
        page.wait_for_load_state()


@functools.cache
def _evaluate() -> Callable[..., Any]:
    """Return Page.evaluate as Playwright has it."""
    from playwright.sync_api import Page

    return Page.evaluate


@functools.cache
def _patch() -> None:
    from playwright.sync_api import Locator, Page

    _evaluate()
    for kind in (Page, Locator):
        for name in READING:
            if hasattr(kind, name):
                setattr(kind, name, _after_rest(getattr(kind, name)))


def _after_rest(read: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(read)
    def waiting(self: Any, *given: Any, **named: Any) -> Any:
        rest(getattr(self, "page", self))
        return read(self, *given, **named)

    return waiting
