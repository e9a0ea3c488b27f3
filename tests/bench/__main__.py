"""Run the benchmarks and print each figure beside its budget: `python -m tests.bench [NAME…]`.

A benchmark is a module here with `run(…) -> list[Figure]`; as a command of its own it takes options. Budgets are for a
machine with two cores; a ratio is measured against a baseline in the same run, so it holds on any machine. The exit
code is 1 where a budget is missed.
"""

from __future__ import annotations

import argparse
import importlib
import os
import platform

from .figures import Figure, table

#: Names, and what each is asked for: many tiny images show whether memory grows with their number.
BENCHMARKS: dict[str, dict[str, int]] = {
    "import_images": {"flat": 70_000},
    "cluster": {},
    "embed": {},
    "grid": {},
    "ml": {},
    "neighbours": {},
    "queries": {},
    "reads": {},
    "recommend": {},
    "similar": {},
    "tables": {},
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure, beside the budgets.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHMARKS)}; all by default")
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark `{unknown.pop()}`; there are {', '.join(BENCHMARKS)}")
    figures: list[Figure] = []
    for name in names:
        print(f"measuring {name} …", flush=True)
        figures += importlib.import_module(f".{name}", __package__).run(**BENCHMARKS[name])
    print(f"\nPython {platform.python_version()}, {os.cpu_count()} processors, {platform.machine()}\n")
    print(table(figures))
    return int(any(figure.is_missed for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main())
