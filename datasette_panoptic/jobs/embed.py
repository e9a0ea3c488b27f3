"""The job that gives every image a vector: whatever ends it, the next one goes on with what is missing."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, wait
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import Any

from datasette.utils.sqlite import sqlite3

from datasette_panoptic.domain.corpus import Progress
from datasette_panoptic.errors import PanopticError
from datasette_panoptic.store import corpus, embeddings, jobs, spaces
from datasette_panoptic.store.connection import transaction
from datasette_panoptic.store.place import path_of
from datasette_panoptic.store.similarity import scale_of
from panoptic_ml import guard
from panoptic_ml.vectors import pack

from .calibration import MOST_IMAGES, measured
from .claim import claimed
from .embed_batches import Answer, Executor, Local
from .embedders import Made, make, of_space
from .monitor import Monitor

#: Images that are embedded and committed at once.
BATCH = 32

#: Images in a row at which a plugin may fail before the job ends with what it says.
MOST_FAILURES = 20

#: Seconds between two times that pages are told of new vectors, and images counted that came meanwhile.
TELL_EVERY = 30.0

#: Seconds between two questions whether the job is cancelled, while a batch takes its time.
ASK_EVERY = 0.25

#: Failures that a report repeats, and those that the page of jobs shows of them.
LISTED, SHOWN = 20, 3

Failed = Callable[[int, str], None]


class EmbedCancelled(BaseException):
    """Nobody waits for the result any more. No failure of an image, hence no Exception."""


@dataclass
class EmbedReport:
    """What came of it: images that got a vector, that could not, and that have none yet; the last errors."""

    space: int
    embedder: str
    revision: str
    params: dict[str, Any]
    embedded: int = 0
    failed: int = 0
    missing: int = 0
    seconds: float = 0.0
    errors: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, str]] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def run_embed(conn: sqlite3.Connection, params: dict[str, Any], monitor: Monitor) -> dict[str, object]:
    """Run the job; images that fail are listed with it."""
    if "space" in params:
        made = of_space(spaces.find(conn, str(params["space"])))
    else:
        made = make(params["embedder"], params["params"])
    report = embed(
        conn,
        made,
        progress=monitor.progress,
        cancelled=monitor.cancelled,
        failed=lambda image, said: jobs.add_error(conn, monitor.job_id, str(image), said),
    )
    for error in report.errors[:SHOWN]:
        report.notices.append({"level": "warning", "text": f"image {error['image_id']}: {error['message']}"})
    return report.as_dict()


def embed(
    conn: sqlite3.Connection,
    made: Made,
    *,
    batch: int = BATCH,
    executor: Callable[[Made], Executor] = Local,
    progress: Callable[[Progress], None] = lambda now: None,
    cancelled: Callable[[], bool] = lambda: False,
    failed: Failed = lambda image, said: None,
) -> EmbedReport:
    """Give images vectors in the space of an embedder and its settings, which is made if there is none.

    Each batch is committed; `failed` is called within its transaction. Images that are imported meanwhile get theirs
    too. Raises PanopticError where the embedder fails again and again.
    """
    listed, revision = made.listed, made.embedder.revision
    settings = json.dumps(made.params, sort_keys=True)
    with claimed(f"{path_of(conn)} {listed.id} {revision} {settings}", cancelled) as is_ours:
        with transaction(conn):
            space_id = space_of(conn, made)
        report = EmbedReport(space_id, listed.id, revision, made.params)
        run = EmbedPass(conn, report, batch, progress, cancelled, failed)
        if is_ours:
            try:
                run.with_pool(executor(made))
                run.close(made)
            except EmbedCancelled:
                pass
            except PanopticError:
                embeddings.forget_empty(conn, space_id)
                raise
            finally:
                if report.embedded:
                    run.tell()
    report.missing = embeddings.missing(conn, space_id)
    return report


def space_of(conn: sqlite3.Connection, made: Made) -> int:
    """Return the space of an embedder, its revision and settings, made if there is none."""
    embedder = made.embedder
    return embeddings.space(
        conn,
        made.listed.id,
        embedder.revision,
        made.params,
        embedder.dimension,
        metric=guard.metric_of(embedder),
        modalities=guard.modalities_of(embedder),
    )


class EmbedPass:
    """One passage over the images without a vector."""

    def __init__(
        self,
        conn: sqlite3.Connection,
        report: EmbedReport,
        batch: int,
        progress: Callable[[Progress], None],
        cancelled: Callable[[], bool],
        failed: Failed,
    ) -> None:
        self.conn, self.report, self.batch = conn, report, batch
        self.progress, self.cancelled, self.failed = progress, cancelled, failed
        self.begun = monotonic()
        self.told = self.begun
        self.left = embeddings.missing(conn, report.space)
        self.in_a_row = 0

    def with_pool(self, pool: Executor) -> None:
        """Embed with a pool of our own, which ends with it."""
        try:
            self.all(pool)
        finally:
            pool.end()

    def all(self, executor: Executor) -> None:
        """Embed whatever has no vector, in the order of the images, until nothing new comes. Raises Cancelled."""
        waiting: deque[tuple[list[int], Future[Answer]]] = deque()
        last = 0
        self.show()
        while True:
            ahead = executor.ahead
            while len(waiting) < ahead:
                rows = embeddings.without_vector(self.conn, self.report.space, last, self.batch)
                if not rows:
                    break
                last = rows[-1][0]
                waiting.append(([image for image, _ in rows], executor.submit([picture for _, picture in rows])))
            if not waiting:
                return
            images, future = waiting.popleft()
            self.write(images, self.result(future))
            self.show()

    def result(self, future: Future[Answer]) -> Answer:
        """Wait for a batch, but no longer than anybody wants it."""
        while not wait([future], timeout=ASK_EVERY).done:
            if self.cancelled():
                raise EmbedCancelled
        if self.cancelled():
            raise EmbedCancelled
        try:
            return future.result()
        except PanopticError:
            raise
        except Exception as error:  # of a cluster whose workers die of a batch, or are gone
            raise PanopticError(
                f"embedding stopped ({type(error).__name__}: {error}); the finished embeddings are kept"
            ) from error

    def write(self, images: Sequence[int], answer: Answer) -> None:
        """Commit a batch. Raises PanopticError where the embedder fails again and again."""
        vectors = ((images[place], pack(vector)) for place, vector in zip(answer.places, answer.vectors, strict=True))
        with transaction(self.conn):
            self.report.embedded += embeddings.add(self.conn, self.report.space, vectors)
            for place, image in enumerate(images):
                said, by_plugin = answer.faults.get(place, ("", False))
                self.in_a_row = self.in_a_row + 1 if by_plugin else 0
                if said:
                    self.fail(image, said)
        self.left -= len(images)
        if self.in_a_row >= MOST_FAILURES:
            said = self.report.errors[-1]["message"]
            raise PanopticError(f"{said} (at {self.in_a_row} images in a row; the embeddings before that are kept)")
        if monotonic() - self.told > TELL_EVERY:
            self.tell()

    def fail(self, image: int, said: str) -> None:
        self.report.failed += 1
        self.report.errors = [*self.report.errors, {"image_id": image, "message": said}][-LISTED:]
        self.failed(image, said)

    def show(self) -> None:
        done = self.report.embedded + self.report.failed
        self.report.seconds = round(monotonic() - self.begun, 2)
        rate = done / self.report.seconds if self.report.seconds else 0.0
        self.progress(Progress(done, done + max(self.left, 0), rate, ""))

    def tell(self) -> None:
        """Let pages see the vectors that there are, and count what is left to do."""
        self.told = monotonic()
        with transaction(self.conn):
            corpus.bump_derived(self.conn)
        self.left = embeddings.missing(self.conn, self.report.space)

    def close(self, made: Made) -> None:
        """Measure what scores of texts mean in this space, where it has changed or nobody came to it yet."""
        space = self.report.space
        if not made.reads_texts or not (self.report.embedded or scale_of(self.conn, space) is None):
            return
        images = embeddings.sample(self.conn, space, MOST_IMAGES)
        if not len(images):
            return
        try:
            calibration = measured(made, images)
        except PanopticError as error:  # the vectors are good all the same
            self.report.notices.append({"level": "warning", "text": f"scores of texts stay cosines: {error}"})
            return
        with transaction(self.conn):
            embeddings.calibrate(self.conn, space, calibration)
