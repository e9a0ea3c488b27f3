"""The processes that decode: light, limited, disposable.

Spawned, not forked (a fork of a threaded server can deadlock), and without re-importing the program's main module: that
would load Datasette into every worker.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import parent_process
from multiprocessing.context import SpawnContext, SpawnProcess
from multiprocessing.process import BaseProcess
from types import ModuleType
from typing import TYPE_CHECKING

from datasette_panoptic.domain.corpus import Contents, Refusal

if TYPE_CHECKING:
    from multiprocessing.popen_spawn_posix import Popen  # of another module on Windows; nothing here is tied to it

Task = tuple[bytes, tuple[str, ...]]

#: The descriptor of standard error, which says nothing in a worker.
STDERR = 2

_launching = threading.Lock()


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may cost."""

    #: Seconds; a 500-megapixel JPEG takes 5, a 250-megapixel JPEG 2000 40. A decoder that takes longer hangs.
    seconds: float = 60.0
    #: Bytes of address space: the 1 GB that `pixels.MAX_DECODED_PIXELS` allows, twice over for a conversion, the file
    #: itself, and the libraries. Not enforced on Windows.
    memory: int = 4 << 30


class DecoderProcess(SpawnProcess):
    """A spawned process that does not import the program's main module."""

    @staticmethod
    def _Popen(process_obj: BaseProcess) -> Popen:
        with _launching, _empty_main():
            return SpawnProcess._Popen(process_obj)


class Context(SpawnContext):
    """A multiprocessing context that remembers the processes it started, so that a hung one can be ended."""

    def __init__(self) -> None:
        super().__init__()
        self.started: list[SpawnProcess] = []

    def Process(self, *args: object, **kwargs: object) -> SpawnProcess:  # type: ignore[override]
        process = DecoderProcess(*args, **kwargs)  # type: ignore[arg-type]
        self.started.append(process)
        return process


class Pool(ProcessPoolExecutor):
    """Decoding processes. `prepare` runs in each of them first, after the limits are set."""

    def __init__(self, workers: int, limits: Limits | None = None, prepare: Callable[[], None] | None = None) -> None:
        self.limits = limits or Limits()
        self.context = Context()
        super().__init__(workers, mp_context=self.context, initializer=start_worker, initargs=(self.limits, prepare))

    def end(self) -> None:
        """Stop at once, whatever the workers are doing."""
        for process in self.context.started:
            process.kill()
        self.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _empty_main() -> Iterator[None]:
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def start_worker(limits: Limits, prepare: Callable[[], None] | None = None) -> None:
    """Set a worker process up: its limits, and that it ends when the import does, however that ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the importer decides what it means
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, STDERR)  # libtiff and others write their remarks on broken files to the terminal
    os.close(devnull)
    threading.Thread(target=follow_parent, daemon=True).start()
    os.environ["OPENBLAS_NUM_THREADS"] = "1"  # numpy would reserve memory for a thread per core, all the limit allows
    limit_memory(limits.memory)
    from PIL import Image, PngImagePlugin

    from . import pixels

    Image.MAX_IMAGE_PIXELS = pixels.MAX_PIXELS // 2  # Pillow refuses at twice this
    PngImagePlugin.MAX_TEXT_CHUNK = 16 << 20  # image generators and editors really write megabytes of text
    if prepare:
        prepare()


def follow_parent() -> None:
    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def limit_memory(size: int) -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (size if hard < 0 else min(size, hard), hard))


def work(tasks: Sequence[Task], limits: Limits | None = None) -> list[Contents | Refusal]:
    """Read files; in a process of a Pool each within the time limit, at whose end the process is no more."""
    from .decode import read_files

    answers: list[Contents | Refusal] = []
    for task in tasks:
        if limits:
            # A timer in a C thread: it also ends a decoder that never comes back to Python. It tells nobody.
            faulthandler.dump_traceback_later(limits.seconds, exit=True, file=STDERR)
        answers += read_files([task])
    if limits:
        faulthandler.cancel_dump_traceback_later()
    return answers
