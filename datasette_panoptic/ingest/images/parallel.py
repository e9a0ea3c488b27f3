"""Decode found files on an executor, in the order they were found, whatever single files do to their worker."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass

from datasette_panoptic.domain.corpus import Contents, Decoded, Event, Found, Refusal, Rejected

from .workers import Pool, work

#: A task is so many files, or so many bytes of them: long enough that handing it over costs nothing (0.1 s of work),
#: short enough that results stay small and a crash concerns few.
TASK_FILES = 32
TASK_BYTES = 4_000_000

#: Tasks ahead of the writer, per worker: none waits while a commit is under way.
AHEAD = 3

#: Key of the executor with one process that suspects are read on.
ALONE = 0

#: Seconds between two questions whether the import has been cancelled, while a task takes its time.
ASK_EVERY = 0.25

Answers = list[Contents | Refusal]


@dataclass(slots=True)
class Task:
    """Events that stay in order: those with a file to read, and others between them."""

    events: list[Event | Found]
    future: Future[Answers] | None = None

    @property
    def found(self) -> list[Found]:
        return [event for event in self.events if isinstance(event, Found)]


class Cancelled(BaseException):
    """Nobody waits for the result any more. No failure of a file, hence no Exception."""


class Decoder:
    """Runs the decoding on executors that `start` makes, given a number of processes.

    An executor that broke is replaced by another, and every executor is shut down at the end.
    """

    def __init__(
        self,
        workers: int,
        start: Callable[[int], Executor] = Pool,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.workers = workers
        self.start = start
        self.cancelled = cancelled
        self.executors: dict[int, Executor] = {}

    def decode(self, events: Iterable[Event | Found]) -> Generator[Event, None, None]:
        """Yield the events, each Found replaced by what reading it gave; stop early once cancelled."""
        waiting: deque[Task] = deque()
        try:
            for task in in_tasks(events):
                if task.found:
                    task.future = self._submit(task.found, self.workers)
                waiting.append(task)
                while waiting and (waiting[0].future is None or len(waiting) > self.workers * AHEAD):
                    yield from self._answered(waiting.popleft())
            while waiting:
                yield from self._answered(waiting.popleft())
        except Cancelled:
            return
        finally:
            for workers in list(self.executors):
                self._end(workers)

    def _submit(self, found: Sequence[Found], workers: int) -> Future[Answers]:
        if workers in self.executors:
            try:
                return self._hand_over(found, self.executors[workers])
            except BrokenExecutor:
                self._end(workers)
        self.executors[workers] = self.start(workers or 1)
        return self._hand_over(found, self.executors[workers])

    def _hand_over(self, found: Sequence[Found], executor: Executor) -> Future[Answers]:
        tasks = [(event.path, event.sha1s) for event in found]
        return executor.submit(work, tasks, *([executor.limits] if isinstance(executor, Pool) else []))

    def _answered(self, task: Task) -> Iterator[Event]:
        answers: Answers = []
        if task.future:
            try:
                answers = self._result(task.future)
            except Exception:
                # Whichever file brought a worker down, all that were under way are suspects: each is read again, alone.
                answers = [self._alone(found) for found in task.found]
        outcomes = iter(answers)
        for event in task.events:
            yield outcome(event, next(outcomes)) if isinstance(event, Found) else event

    def _alone(self, found: Found) -> Contents | Refusal:
        """Read one file with a worker of its own, so that a failure is this file's."""
        self._result(self._submit([], ALONE))  # the worker's start is not the file's time
        begun = time.monotonic()
        try:
            return self._result(self._submit([found], ALONE))[0]
        except BrokenExecutor:
            limits = getattr(self.executors[ALONE], "limits", None)
            self._end(ALONE)
            if limits and time.monotonic() - begun >= limits.seconds:
                return Refusal(f"reading the image took longer than {limits.seconds:g} seconds", *stamp(found))
            return Refusal("the image made its decoder crash, so it is damaged or was made to do so", *stamp(found))
        except Exception as error:
            return Refusal(f"reading the image failed ({type(error).__name__}: {error})", again=True)

    def _result(self, future: Future[Answers]) -> Answers:
        """Wait for a task, but no longer than anybody wants it: a decoder that hangs does so for a minute."""
        while not wait([future], timeout=ASK_EVERY).done:
            if self.cancelled():
                raise Cancelled
        return future.result()

    def _end(self, workers: int) -> None:
        executor = self.executors.pop(workers)
        if isinstance(executor, Pool):
            executor.end()
        else:
            executor.shutdown(wait=False, cancel_futures=True)


def in_tasks(events: Iterable[Event | Found]) -> Iterator[Task]:
    """Cut the stream into tasks of about equal work."""
    task, files, size = Task([]), 0, 0
    for event in events:
        task.events.append(event)
        if isinstance(event, Found):
            files, size = files + 1, size + event.size
        if size >= TASK_BYTES or files >= TASK_FILES or len(task.events) >= 2 * TASK_FILES:
            yield task
            task, files, size = Task([]), 0, 0
    if task.events:
        yield task


def outcome(found: Found, answer: Contents | Refusal) -> Event:
    return Decoded(found, answer) if isinstance(answer, Contents) else Rejected(found.place, found.name, answer)


def stamp(found: Found) -> tuple[int | None, int | None]:
    """Return size and modification time of a file that its decoder did not survive; None where it is gone as well."""
    try:
        status = os.stat(found.path)
    except OSError:
        return None, None
    return status.st_size, status.st_mtime_ns
