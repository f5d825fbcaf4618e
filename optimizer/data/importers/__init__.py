"""Platform exports -> our tables. `optimizer import` and `optimizer list importers` start here.

Each platform is one declaration in a file of `platforms/`: its headers and their other names, our columns,
units, and the window of its ROI columns. `IMPORTERS` is the registry; `read_exports` reads files with it.
"""

from __future__ import annotations

from typing import Any

__all__ = ["IMPORTERS", "Choices", "Imported", "read_exports"]


def __getattr__(name: str) -> Any:
    if name == "IMPORTERS":
        from optimizer.data.importers.declare import IMPORTERS, load_platforms

        load_platforms()
        return IMPORTERS
    if name in ("Choices", "Imported", "read_exports"):
        from optimizer.data.importers import reading

        return getattr(reading, name)
    raise AttributeError(name)
