"""What models need from the Hugging Face hub: from this machine's cache, or else from a network that answers."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from panoptic_ml.types import Refused

T = TypeVar("T")

#: Seconds within which the hub must answer, or it counts as not there. Its own client tries for most of a minute.
PATIENCE = 5


@dataclass(frozen=True)
class Wanted:
    """Files of the hub, and what they are for."""

    #: As in "… are not on this machine".
    what: str
    repository: str
    #: As `hf download` takes them; none for all.
    files: tuple[str, ...] = ()


def fetched(get: Callable[[], T], wanted: Callable[[], Wanted]) -> T:
    """Return what `get` returns without a network, or else with one; Refused where there is none."""
    from huggingface_hub import constants

    with offline():
        try:
            return get()
        except Exception as error:  # not in the cache, which each library says in its own way
            reason = error
    if constants.HF_HUB_OFFLINE:
        why = "HF_HUB_OFFLINE forbids to fetch them"
    elif not reachable(constants.ENDPOINT):
        why = f"{constants.ENDPOINT} cannot be reached"
    else:
        try:
            return get()
        except Exception as error:
            reason = error
            why = f"fetching them failed: {first_line(error)}"
    raise Refused(advice(wanted(), why)) from reason


def advice(wanted: Wanted, why: str) -> str:
    """Say what is missing and how it gets here. A copied cache, unlike a copied file, keeps what the hub says of it."""
    from huggingface_hub import constants

    folder = f"models--{wanted.repository.replace('/', '--')}"
    return (
        f"{wanted.what} are not on this machine, and {why}. Where there is a network, run "
        f"`{' '.join(['hf download', wanted.repository, *wanted.files])}`; then copy the folder {folder} of its cache, "
        f"~/.cache/huggingface/hub, into {constants.HF_HUB_CACHE} here"
    )


@contextmanager
def offline() -> Iterator[None]:
    """Keep the libraries of the hub from the network: what is in the cache is found, all else fails at once."""
    from huggingface_hub import constants

    before, constants.HF_HUB_OFFLINE = constants.HF_HUB_OFFLINE, True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def reachable(address: str) -> bool:
    """Say whether something answers there, by way of a proxy if one is set."""
    try:
        urlopen(Request(address, method="HEAD"), timeout=PATIENCE).close()
    except (HTTPError, HTTPException):
        return True
    except URLError as error:
        return isinstance(error.reason, ssl.SSLError)  # it answers; the hub's client brings certificates of its own
    except OSError:
        return False
    return True


def first_line(error: Exception) -> str:
    """Return what an error says, without the traces and advice that follow."""
    lines = str(error).strip().splitlines()
    return lines[0].strip() if lines else type(error).__name__
