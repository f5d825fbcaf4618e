"""Named families of functions: models, curves, rules, goals, importers.

The name a user writes is the function's name; its docstring is the help text. Joining a registry is all
it takes to be listed, documented and tested.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from optimizer.errors import UserError

T = TypeVar("T", bound=Callable[..., Any])


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The sentence that helps with an unknown name: the nearest known one, or the whole list.

    >>> did_you_mean("min_rio", ["min_roi", "max_cac"])
    "did you mean 'min_roi'?"
    """
    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=5, cutoff=0.6)
    if near:
        swapped = [
            other for other in near if sorted(other) == sorted(name)
        ]  # two letters in the wrong order
        return f"did you mean '{(swapped or near)[0]}'?"
    shown = ", ".join(names[:12]) + (f", ... ({len(names)} in all)" if len(names) > 12 else "")
    return f"known: {shown}" if names else "there is none to choose from"


class Registry(Generic[T]):
    """An ordered mapping from a name to a function or class. Refuses duplicates; unknown names are `UserError`."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, T] = {}

    def register(self, entry: T) -> T:
        name = entry.__name__
        if name in self._entries:
            raise ValueError(f"{self.kind} '{name}' is registered twice")
        if not (entry.__doc__ or "").strip():
            raise ValueError(f"{self.kind} '{name}' has no docstring: it is the help text")
        self._entries[name] = entry
        return entry

    def __getitem__(self, name: str) -> T:
        try:
            return self._entries[name]
        except KeyError:
            raise UserError(
                f"unknown {self.kind} '{name}'", fix=did_you_mean(name, self._entries)
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def help(self, name: str) -> str:
        """First paragraph of the entry's docstring, on one line."""
        doc = self[name].__doc__ or ""
        return " ".join(doc.strip().split("\n\n")[0].split())
