"""Named families: attribution models, rules, goals, curves, importers, evidence, report sections.

The name a user writes is the entry's name; its docstring is the help text. What else a family must
know of an entry is declared where it is registered, never guessed. A package of the user's own
joins a family through the entry points of the family's group (`optimizer.models`,
`optimizer.rules`, ...): see docs/how-to/extend.md.
"""

from __future__ import annotations

import difflib
import importlib
import importlib.metadata
import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from optimizer.errors import UserError
from optimizer.messages import Message, _

T = TypeVar("T")

BUILT_IN = "optimizer"


# a name with the one is no slip of the pen for a name with the other
OPPOSITES = (("min", "max"), ("least", "most"), ("up", "down"), ("low", "high"))


def did_you_mean(name: str, known: Iterable[str]) -> Message:
    """The sentence that helps with an unknown name: the nearest known one, or the whole list.

    Parameters
    ----------
    name
        What was written.
    known
        What could stand there.

    Returns
    -------
    Message
        At most 12 of the known names where none is near; one that means the opposite is not near.

    Examples
    --------
    >>> str(did_you_mean("min_rio", ["min_roi", "max_cac"]))
    "did you mean 'min_roi'?"
    >>> str(did_you_mean("max_customers", ["min_customers", "max_cac"]))
    'known: max_cac, min_customers'
    """
    names = sorted(set(known))
    close = difflib.get_close_matches(name, names, n=9, cutoff=0.6)
    near = [other for other in close if not _reversed(name, other)]
    if near:
        swapped = [other for other in near if sorted(other) == sorted(name)]  # two letters swapped
        return _("did you mean '{near}'?", near=(swapped or near)[0])
    if not names:
        return _("there is none to choose from")
    shown = ", ".join(names[:12])
    if len(names) > 12:
        return _("known: {names}, ... ({number} in all)", names=shown, number=len(names))
    return _("known: {names}", names=shown)


def _reversed(name: str, other: str) -> bool:
    """Whether one asks for much where the other asks for little."""
    words, others = set(name.lower().split("_")), set(other.lower().split("_"))
    return any((a in words and b in others) or (b in words and a in others) for a, b in OPPOSITES)


@dataclass(frozen=True)
class BrokenPlugin:
    """A plug-in that was found and left out.

    Parameters
    ----------
    group
        The entry-point group it asked to join.
    name
        The entry point's name.
    package
        The distribution that brought it.
    reason
        What went wrong when it was loaded.
    """

    group: str
    name: str
    package: str
    reason: str

    @property
    def says(self) -> Message:
        """The sentence for the user."""
        return _(
            "plug-in '{name}' of package '{package}' ({group}) was left out: {reason}",
            name=self.name,
            package=self.package,
            group=self.group,
            reason=self.reason,
        )


broken: list[BrokenPlugin] = []  # of every family asked so far in this process


class Registry(Generic[T]):
    """An ordered mapping from a name to an entry: the program's own, then those of installed
    plug-ins.

    Parameters
    ----------
    kind
        What an entry is called in messages (`_("rule")`).
    group
        The entry-point group through which other packages join; None: the family is closed.
    accepts
        Checks an entry on its way in and raises `ValueError` or `TypeError` with what its contract
        misses.
    home
        A package of ours whose every module joins on first use, in the order of their names: a new
        file is found without a list.
    """

    def __init__(
        self,
        kind: Message,
        group: str | None = None,
        accepts: Callable[[str, T], None] | None = None,
        home: str | None = None,
    ) -> None:
        self.kind = kind
        self.group = group
        self._accepts = accepts
        self._entries: dict[str, T] = {}
        self._origin: dict[str, str] = {}
        self._loading: str | None = None
        self._home = home
        self._asked = group is None and home is None

    def add(self, name: str, entry: T) -> T:
        """Put an entry into the family under a name.

        Parameters
        ----------
        name
            What a user writes.
        entry
            With a docstring (or a text `help`), whose first paragraph is the help text.

        Returns
        -------
        T
            The entry itself.

        Raises
        ------
        ValueError
            Where the name is taken, the entry has no docstring, or its contract is not kept.
        """
        if name in self._entries:
            raise ValueError(f"{self.kind} '{name}' is registered twice")
        if not _help(entry):
            raise ValueError(f"{self.kind} '{name}' has no docstring: it is the help text")
        if self._accepts is not None:
            self._accepts(name, entry)
        self._entries[name] = entry
        self._origin[name] = self._loading or BUILT_IN
        return entry

    def register(self, entry: T) -> T:
        """`add` under the entry's own `__name__`; a decorator.

        Parameters
        ----------
        entry
            A function or class, with a docstring.

        Returns
        -------
        T
            The entry itself.

        Raises
        ------
        ValueError
            As `add`.
        """
        return self.add(str(getattr(entry, "__name__")), entry)  # noqa: B009

    def __getitem__(self, name: str) -> T:
        self._load()
        try:
            return self._entries[name]
        except KeyError:
            raise UserError(
                _("unknown {kind} '{name}'", kind=self.kind, name=name),
                fix=did_you_mean(name, self._entries),
            ) from None

    def __contains__(self, name: object) -> bool:
        self._load()
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        self._load()
        return iter(self._entries)

    def __len__(self) -> int:
        self._load()
        return len(self._entries)

    def help(self, name: str) -> str:
        """First paragraph of the entry's docstring, on one line.

        Parameters
        ----------
        name
            A registered name.

        Returns
        -------
        str
            In English; it is looked up in the catalogue as it stands.

        Raises
        ------
        UserError
            For an unknown name.
        """
        return _help(self[name])

    def origin(self, name: str) -> str:
        """Where an entry comes from: "optimizer", or the plug-in's package with its version.

        Parameters
        ----------
        name
            A registered name.

        Returns
        -------
        str
            "optimizer", or "PACKAGE VERSION".

        Raises
        ------
        KeyError
            For an unknown name.
        """
        self._load()
        return self._origin[name]

    def _load(self) -> None:
        """Let installed packages join, once. One that cannot be loaded is remembered in `broken`
        and left out.
        """
        if self._asked:
            return
        self._asked = True
        if self._home is not None:
            home = importlib.import_module(self._home)
            rank: dict[str, int] = {}
            for module in sorted(pkgutil.iter_modules(home.__path__), key=lambda m: m.name):
                rank[f"{self._home}.{module.name}"] = len(rank)
                importlib.import_module(f"{self._home}.{module.name}")
            self._entries = dict(  # a module that was imported earlier joined earlier
                sorted(
                    self._entries.items(),
                    key=lambda item: rank.get(getattr(item[1], "__module__", ""), len(rank)),
                )
            )
        if self.group is None:
            return
        for point in sorted(
            importlib.metadata.entry_points(group=self.group),
            key=lambda p: (p.dist.name if p.dist else "", p.name),
        ):
            package = f"{point.dist.name} {point.dist.version}" if point.dist else point.value
            before = (dict(self._entries), dict(self._origin))
            self._loading = package
            try:
                found = point.load()
                if all(found is not entry for entry in self._entries.values()):
                    self._join(point.name, found)
            # a stranger's code: whatever it raises must not stop ours
            except (Exception, SystemExit) as error:
                self._entries, self._origin = before
                reason = str(error) or type(error).__name__
                broken.append(BrokenPlugin(self.group, point.name, package, reason))
            finally:
                self._loading = None

    def _join(self, name: str, found: Any) -> None:
        """What an entry point leads to: an entry, or a module that registered its entries while it
        was imported.
        """
        if not inspect.ismodule(found):
            self.add(name, found)


def _help(entry: object) -> str:
    doc = getattr(entry, "help", None)
    doc = doc if isinstance(doc, str) else getattr(entry, "__doc__", None)
    return " ".join((doc or "").strip().split("\n\n")[0].split())
