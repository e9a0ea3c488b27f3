"""Measure the grid in a headless Chromium on a real server: first paint, bytes, scrolling, jumps, memory.

python -m tests.bench.grid [--instances 100000 1000000]
"""

from __future__ import annotations

import argparse
import functools
import http.server
import statistics
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.serving import Server, launch, serve

from .figures import Figure, table
from .generate import generate

SIZES = (100_000, 1_000_000)
VIEWPORT = {"width": 1400, "height": 900}
OPENINGS = 5
SPEEDS = (1_200, 6_000)
JUMPS = (0.1, 0.9, 0.35, 0.65, 0.5, 0.99, 0.02)
SECONDS = 3.0

#: Runs before the page's own scripts: notes when thumbnails are on the screen, and what had come by then.
WATCH = """
(() => {
  const seen = (window.__seen = {});
  const visible = () => [...document.querySelectorAll("panoptic-grid .card")].filter((card) => {
    const box = card.getBoundingClientRect();
    return box.width && box.bottom > 0 && box.top < innerHeight;
  });
  const painted = (card) => {
    const image = card.querySelector("img");
    return image && !image.hidden && image.complete && image.naturalWidth > 0;
  };
  window.__blank = () => visible().filter((card) => !painted(card)).length / Math.max(1, visible().length);
  const look = () => {
    if (window.__blank() === 0 && document.querySelector("panoptic-app[data-live]")) seen.full = performance.now();
    else requestAnimationFrame(look);
  };
  const firstPainted = () => {
    if (seen.first) return;
    seen.first = performance.now();
    const parts = [...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")];
    seen.bytes = parts.reduce((sum, part) => sum + (part.responseStart < seen.first ? part.transferSize : 0), 0);
    look();
  };
  const loaded = ({ target }) => {
    if (!seen.first && target.matches?.("panoptic-grid .card img")) requestAnimationFrame(firstPainted);
  };
  document.addEventListener("load", loaded, true);
})();
"""

#: Scrolls an element at a speed in pixels per second; resolves to frames per second, the slow frames, the blank share.
SCROLL = """
async ([selector, speed, seconds]) => {
  const element = document.querySelector(selector);
  const frames = [];
  const blanks = [];
  let start, last;
  await new Promise((resolve) => {
    const step = (now) => {
      start ??= now;
      if (last !== undefined) {
        frames.push(now - last);
        element.scrollTop += (speed * (now - last)) / 1000;
        if (window.__blank && frames.length % 10 === 0) blanks.push(window.__blank());
      }
      last = now;
      if (now - start < seconds * 1000) requestAnimationFrame(step);
      else resolve();
    };
    requestAnimationFrame(step);
  });
  frames.sort((a, b) => a - b);
  const sum = frames.reduce((a, b) => a + b, 0);
  return {
    fps: (1000 * frames.length) / sum,
    p95: frames[Math.floor(frames.length * 0.95)],
    blank: blanks.length ? blanks.reduce((a, b) => a + b, 0) / blanks.length : 0,
  };
}
"""

#: Jumps to a share of the scrollbar; resolves to the milliseconds until every visible card is painted.
JUMP = """
async (share) => {
  const scroller = document.querySelector(".scroller");
  const before = document.querySelector(".card:not([hidden])").getAttribute("aria-posinset");
  const start = performance.now();
  scroller.scrollTop = (scroller.scrollHeight - scroller.clientHeight) * share;
  for (;;) {
    await new Promise(requestAnimationFrame);
    const first = document.querySelector(".card:not([hidden])").getAttribute("aria-posinset");
    if (first !== before && window.__blank() === 0) return performance.now() - start;
    if (performance.now() - start > 10000) return 10000;
  }
}
"""

BARE = "<!doctype html><title>bare</title><style>body { margin: 0 } div { height: 900px; overflow: auto }\
p { height: 4000000px; margin: 0 }</style><div><p>nothing</p></div>"

FIRST_PAINT = """
() => new Promise((resolve) => new PerformanceObserver((list) => resolve(list.getEntries()[0].startTime))
  .observe({ type: "paint", buffered: true }))
"""


def run(instances: Sequence[int] = SIZES) -> list[Figure]:
    """Measure projects with so many instances each; the baselines come first."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = launch(playwright)
        figures = baseline(browser)
        for count in instances:
            path = project(count)
            with serve(path) as server:
                figures += grid(browser, server, path.stem, count)
        browser.close()
    return figures


def project(count: int) -> Path:
    """Return a generated project, made at the first time."""
    path = Path(tempfile.gettempdir()) / "panoptic-bench-grid" / f"instances-{count}.db"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        unfinished = path.with_suffix(".part")
        unfinished.unlink(missing_ok=True)
        generate(unfinished, count, max(1, count // 20))
        unfinished.rename(path)
    return path


def baseline(browser: Any) -> list[Figure]:
    """What this machine does with a page of no content: its first paint, its frames while scrolling."""
    with bare_page() as url:
        page = browser.new_page(viewport=VIEWPORT)
        paints = []
        for _ in range(OPENINGS):
            page.goto(url)
            paints.append(page.evaluate(FIRST_PAINT))
        scrolled = page.evaluate(SCROLL, ["div", SPEEDS[-1], SECONDS])
        page.close()
    return [
        Figure("bare page: first paint", statistics.median(paints), "ms"),
        Figure(f"bare page: scroll at {SPEEDS[-1]:,} px/s", scrolled["fps"], "frames/s"),
    ]


def grid(browser: Any, server: Server, database: str, count: int) -> list[Figure]:
    large = count > SIZES[0]
    name = f"grid of {count:,}"
    url = server.grid(database)
    opened = [opening(browser, url) for _ in range(OPENINGS + 1)][1:]  # the first one warms the server
    median = {key: statistics.median(each[key] for each in opened) for key in ("first", "full", "bytes")}
    figures = [
        Figure(f"{name}: first thumbnails painted", median["first"], "ms", at_most=1000 if large else 500),
        Figure(f"{name}: screen full", median["full"], "ms"),
        Figure(f"{name}: bytes before the first thumbnail", median["bytes"] / 1000, "kB", at_most=300),
    ]
    page = browser.new_page(viewport=VIEWPORT)
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_function("window.__seen.full")
    for speed in SPEEDS:
        page.evaluate("document.querySelector('.scroller').scrollTop = 1000000")
        page.wait_for_timeout(1000)
        scrolled = page.evaluate(SCROLL, [".scroller", speed, SECONDS])
        figures += [
            Figure(f"{name}: scroll at {speed:,} px/s", scrolled["fps"], "frames/s", at_least=57),
            Figure(f"{name}: slow frames (95 %) at {speed:,} px/s", scrolled["p95"], "ms"),
            Figure(f"{name}: cells without picture at {speed:,} px/s", scrolled["blank"] * 100, "%"),
        ]
    jumps = []
    for share in JUMPS:
        jumps.append(page.evaluate(JUMP, share))
        page.wait_for_timeout(300)
    figures += [
        Figure(f"{name}: jump to painted", statistics.median(jumps), "ms", at_most=500),
        Figure(f"{name}: JavaScript heap", heap(page) / 1e6, "MB"),
        Figure(f"{name}: memory of the server", resident(server.pid) / 1e6, "MB", at_most=600 if large else 300),
    ]
    page.close()
    return figures + table_scroll(browser, url, name)


def table_scroll(browser: Any, url: str, name: str) -> list[Figure]:
    """The same view as a table."""
    page = browser.new_page(viewport=VIEWPORT)
    page.goto(f"{url}?_view=table")
    page.wait_for_selector('.stage .row:not([hidden]) .value:not([data-type=""])')
    figures = []
    for speed in SPEEDS:
        page.evaluate("document.querySelector('.scroller').scrollTop = 1000000")
        page.wait_for_timeout(1000)
        scrolled = page.evaluate(SCROLL, [".scroller", speed, SECONDS])
        figures.append(Figure(f"{name} as a table: scroll at {speed:,} px/s", scrolled["fps"], "frames/s", at_least=57))
    page.close()
    return figures


def opening(browser: Any, url: str) -> dict[str, float]:
    """Open the grid with an empty cache."""
    context = browser.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_function("window.__seen.full")
    seen: dict[str, float] = page.evaluate("window.__seen")
    context.close()
    return seen


def heap(page: Any) -> float:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {metric["name"]: metric["value"] for metric in session.send("Performance.getMetrics")["metrics"]}
    return float(metrics["JSHeapUsedSize"])


def resident(pid: int) -> float:
    """Return the memory of a process in bytes, or 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return float(line.split()[1]) * 1024


@contextmanager
def bare_page() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "index.html").write_text(BARE)
        handler = functools.partial(Quiet, directory=folder)
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield f"http://127.0.0.1:{server.server_address[1]}/"
            server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.grid", description=__doc__)
    parser.add_argument("--instances", type=int, nargs="+", default=list(SIZES))
    print(table(run(parser.parse_args().instances)))


if __name__ == "__main__":
    main()
