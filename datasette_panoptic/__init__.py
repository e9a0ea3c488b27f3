"""Explore and annotate large collections of images in Datasette.

This package is the plugin that Datasette loads, because Datasette looks for `templates/` and `static/` beside what the
entry point names, and on Python 3.11 that must be a package. Worker processes that decode images import it too, and
need neither Datasette nor pluggy, so the hooks come in when somebody asks for their names: pluggy does, a worker never.
"""

from __future__ import annotations

from importlib import import_module


def __dir__() -> list[str]:
    """List this module's names after taking in the hook implementations of `plugin`."""
    hooks = vars(import_module(".plugin", __name__))
    globals().update({name: value for name, value in hooks.items() if hasattr(value, "datasette_impl")})
    return sorted(globals())
