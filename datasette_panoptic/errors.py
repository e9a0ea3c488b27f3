"""The errors that a person can act on.

PanopticError           anything below
├── ProjectError        the file is not a project, is newer than this code, or cannot be opened
├── ReadOnly            a write was asked of a project that cannot be written
├── BadQuery            a query string has an unknown or malformed part; names it
├── StaleView            a range was asked of a view whose order is no longer known
├── TooSlow             a reading takes longer than a visitor may take who only looks
├── NotThere            no image, instance, folder, property or job with that id
├── BadPattern          a pattern for names of files is malformed
├── BadName             a property, group, tag or saved view cannot be called that
├── Conflict            somebody was first: the name is taken, or what is to be undone has been changed since
├── IngestError         a folder, film, table or upload cannot be imported at all
└── MissingExtra        it needs a package that is not installed; says which command installs it
"""

from __future__ import annotations


class PanopticError(Exception):
    """A message for the person at the keyboard: what, which, what next."""


class ProjectError(PanopticError):
    """The file is not a project, is newer than this code, or cannot be opened."""


class ReadOnly(PanopticError):
    """A write was asked of a project that cannot be written."""


class BadQuery(PanopticError):
    """A query string has an unknown or malformed part."""


class StaleView(PanopticError):
    """A range was asked of a view whose order is no longer known."""


class TooSlow(PanopticError):
    """A reading takes longer than it may."""


class NotThere(PanopticError):
    """Nothing in this project has that id."""


class BadName(PanopticError):
    """A property, property group, tag or saved view cannot have that name."""


class BadPattern(PanopticError):
    """A pattern for names of files is malformed."""


class Conflict(PanopticError):
    """Somebody was first: the name is taken, or what is to be undone has been changed since."""


class IngestError(PanopticError):
    """A folder, film or upload cannot be imported at all."""


class OptionError(IngestError):
    """A table that must be told how to be read: `said` is the fault, the message adds the option of `import-csv`."""

    def __init__(self, said: str, hint: str) -> None:
        super().__init__(said, hint)  # both, so that it travels between processes
        self.said, self.hint = said, hint

    def __str__(self) -> str:
        return f"{self.said}: {self.hint}"


class WrongEncoding(OptionError):
    """A text that is not in the encoding that it is read in."""


class MissingExtra(PanopticError):
    """What was asked for needs an optional package."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(what, extra)
        self.what, self.extra = what, extra

    def __str__(self) -> str:
        return f"{self.what} needs one more package: `pip install 'datasette-panoptic[{self.extra}]'`"
