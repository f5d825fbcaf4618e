"""Values as bytes and back, bit by bit: JSON for the tree, numpy's own format for arrays.

A store may lie in a folder that somebody else made, so nothing is ever run: a class is named, must
be a dataclass of ours, and gets its fields set, as they were, without its constructor.
"""

from __future__ import annotations

import importlib
import io
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import numpy as np

# of the program's packages, whose dataclasses are values
OURS = (
    "allocation",
    "attribution",
    "customers",
    "data",
    "evidence",
    "forecast",
    "journeys",
    "messages",
    "pipeline",
    "response",
)
TREE = "tree"


class NotPlain(TypeError):
    """A value that holds something else than data."""


class Damaged(ValueError):
    """Bytes that are no value."""


def encode(value: Any) -> bytes:
    """A value as bytes.

    Parameters
    ----------
    value
        None, numbers, texts, dates, arrays, tuples, lists, sets, dicts and dataclasses of ours,
        nested as you like. What a `cached_property` has worked out goes along where it is data.

    Raises
    ------
    NotPlain
        For anything else.
    """
    writer = _Writer()
    tree = json.dumps(writer.tree(value))
    out = io.BytesIO()
    whole: dict[str, Any] = {f"a{i}": array for i, array in enumerate(writer.arrays)}
    whole[TREE] = np.frombuffer(tree.encode("utf-8"), dtype=np.uint8)
    np.savez(out, **whole)
    return out.getvalue()


def decode(data: bytes) -> Any:
    """The value of `encode`.

    Raises
    ------
    Damaged
        Where there is none.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            return _Reader(stored).value(json.loads(stored[TREE].tobytes()))
    except Exception as error:  # zipfile, zlib, numpy and json have errors of their own
        raise Damaged(str(error)) from error


class _Writer:
    """A tree that JSON takes: what JSON knows stands as itself, all else as [kind, content]."""

    def __init__(self) -> None:
        self.arrays: list[np.ndarray[Any, Any]] = []
        self.seen: dict[int, int] = {}  # id of an array or instance -> its number

    def tree(self, value: Any) -> Any:
        if value is None or type(value) in (bool, int, float, str):
            return value
        if isinstance(value, np.generic) and not value.dtype.hasobject:
            return ["scalar", value.dtype.str, value.tobytes().hex()]
        if type(value) in (tuple, list, set, frozenset):
            items = sorted(value) if isinstance(value, set | frozenset) else value
            return [type(value).__name__, [self.tree(item) for item in items]]
        if type(value) is dict:
            return ["dict", [[self.tree(k), self.tree(v)] for k, v in value.items()]]
        if type(value) in (date, datetime):
            return [type(value).__name__, value.isoformat()]
        if id(value) in self.seen:
            return ["same", self.seen[id(value)]]
        if type(value).__name__ == "csr_matrix":
            parts = [self.tree(part) for part in (value.data, value.indices, value.indptr)]
            return ["csr", [list(value.shape), *parts]]
        written = self._array(value) if type(value) is np.ndarray else self._instance(value)
        self.seen[id(value)] = len(self.seen)
        return written

    def _array(self, value: np.ndarray[Any, Any]) -> list[Any]:
        if value.dtype.hasobject:
            return ["objects", list(value.shape), [self.tree(v) for v in value.ravel().tolist()]]
        self.arrays.append(value)
        return ["array", len(self.arrays) - 1]

    def _instance(self, value: Any) -> list[Any]:
        kind = type(value)
        if not (is_dataclass(kind) and _is_ours(kind.__module__)):
            raise NotPlain(f"{kind.__module__}.{kind.__qualname__}")
        held = {f.name: self.tree(getattr(value, f.name)) for f in fields(kind)}
        for name in sorted(_worked_out(kind) & set(vars(value))):
            arrays, seen = len(self.arrays), dict(self.seen)
            try:
                held[name] = self.tree(vars(value)[name])
            except TypeError:  # it is worked out again
                del self.arrays[arrays:]
                self.seen = seen
        return ["class", f"{kind.__module__}:{kind.__qualname__}", held]


class _Reader:
    """The values of a tree."""

    def __init__(self, stored: Mapping[str, np.ndarray[Any, Any]]) -> None:
        self.stored = stored
        self.seen: list[Any] = []

    def value(self, tree: Any) -> Any:
        if not isinstance(tree, list):
            return tree
        kind, content = tree[0], tree[1]
        if kind == "same":
            return self.seen[content]
        if kind in ("array", "objects", "class"):
            made = getattr(self, f"_{kind}")(*tree[1:])
            self.seen.append(made)
            return made
        if kind == "scalar":
            return np.frombuffer(bytes.fromhex(tree[2]), dtype=np.dtype(content))[0]
        if kind == "csr":
            return _csr(content[0], [self.value(part) for part in content[1:]])
        if kind == "dict":
            return {self.value(k): self.value(v) for k, v in content}
        if kind in ("date", "datetime"):
            return (date if kind == "date" else datetime).fromisoformat(content)
        many = {"tuple": tuple, "list": list, "set": set, "frozenset": frozenset}[kind]
        return many(self.value(item) for item in content)

    def _array(self, number: int) -> np.ndarray[Any, Any]:
        return self.stored[f"a{int(number)}"]

    def _objects(self, shape: list[int], items: list[Any]) -> np.ndarray[Any, Any]:
        out = np.empty(len(items), dtype=object)
        out[:] = [self.value(item) for item in items]
        return out.reshape(shape)

    def _class(self, name: str, held: dict[str, Any]) -> Any:
        """An instance of a dataclass of ours, its fields as they were."""
        module, __, path = name.partition(":")
        if not _is_ours(module):
            raise Damaged(name)
        kind = getattr(importlib.import_module(module), path)
        if not (isinstance(kind, type) and is_dataclass(kind)):
            raise Damaged(name)
        wanted = {f.name for f in fields(kind)}
        if not wanted <= set(held) <= wanted | _worked_out(kind):
            raise Damaged(name)
        out = object.__new__(kind)
        vars(out).update({name: self.value(tree) for name, tree in held.items()})
        return out


def _csr(shape: list[int], parts: list[Any]) -> Any:
    """A sparse matrix of its data, indices and row ends."""
    import scipy.sparse as sp

    made = sp.csr_matrix(tuple(parts), shape=tuple(shape))
    made.check_format(full_check=True)
    return made


def _worked_out(kind: type) -> set[str]:
    """Names of a class's cached properties."""
    return {
        name
        for base in kind.__mro__
        for name, part in vars(base).items()
        if isinstance(part, cached_property)
    }


def _is_ours(module: str) -> bool:
    parts = module.split(".")
    return len(parts) > 1 and parts[0] == "optimizer" and parts[1] in OURS
