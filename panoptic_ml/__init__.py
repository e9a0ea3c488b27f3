"""The machine-learning side: embedders, clusterers, projectors and actions, and the arrays they exchange.

It imports neither Datasette nor SQLite, and at import nothing heavier than numpy, Pillow and pydantic.
"""

from __future__ import annotations

__all__: list[str] = []
