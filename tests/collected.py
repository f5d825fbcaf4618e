"""Collects from the source every text the program says to a person: a small reading of the code, by its syntax tree.

A text is followed from where it is said (an error, a note, a line on the terminal) back to where it is written:
through constants, f-strings, sums, conditions, local names, parameters and the functions that build it. What varies
becomes a slot, `{}`; a slot that itself holds words of the program becomes `{:words}`, and those words are collected too.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

Parts = tuple[
    str, ...
]  # text and slots in turn; a slot is "\0" (data) or "\1" (words), followed by its name
MOST = 48  # so many variants of one text are written out; beyond, the varying part is a slot

# Where a person reads: callable -> which of its arguments (by position and name) are words.
SAID: dict[str, tuple[int | str, ...]] = {
    "UserError": (0, 1, 2, "what", "where", "fix"),
    "Problem": (0, 1, 2, "what", "where", "fix"),
    "Wrong": (0, 1, "what", "fix"),
    "UsageError": (0,),
    "BadParameter": (0,),
    "fail": (0,),
    "_error": (0,),
    "note": (0,),
    "tell": (0,),
    "words": (0,),
    "say": (0,),
    "table": (0, 1, "title", "columns"),
    "Registry": (0,),
    "column": ("say",),
    "TooLarge": (0,),
    "PlainTextResponse": (0,),
}
# Names that hold words: what is appended to them, or assigned to fields of these names, is said.
HOLDERS = {"notes", "note", "warnings", "remarks", "told", "says", "sentences"}
FIELDS = {
    "what",
    "says",
    "say",
    "about",
    "notes",
    "note",
    "warnings",
    "remarks",
    "why",
    "verdict",
    "sentences",
    "detail",
    "fix",
    "hint",
    "basis",
}
# Functions and constants of which every text is said.
WHOLE = {
    "optimizer.pipeline": ("check",),
    "optimizer.attribution.axioms": ("AXIOMS",),
    "optimizer.customers.rfm": ("GROUPS",),
    "optimizer.customers.metrics": ("metrics",),
    "optimizer.customers.experiment": ("_share_p",),
    "optimizer.data.importers.reading": ("_report",),
    "optimizer.doctor": ("_extra", "_java"),
    "optimizer.serve.app": ("broken", "_body"),
    "optimizer.cli.importing": ("_show",),
    "optimizer.cli.validate": ("_tables",),
    "optimizer.cli.attribution_tables": ("explanation",),
    "optimizer.cli.experiment": ("_arms",),
}


@dataclass
class Function:
    node: ast.FunctionDef | ast.AsyncFunctionDef
    module: Module
    owner: str = ""  # its class
    outer: Function | None = None
    calls: list[tuple[ast.Call, Module, Function | None]] = field(default_factory=list)

    @property
    def params(self) -> list[str]:
        a = self.node.args
        return [p.arg for p in (*a.posonlyargs, *a.args, *a.kwonlyargs)]


@dataclass
class Module:
    name: str
    tree: ast.Module
    functions: dict[str, Function] = field(default_factory=dict)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)  # alias -> (module, name)
    constants: dict[str, list[ast.expr]] = field(default_factory=dict)


class Collector:
    """Reads a package. `texts` are the templates found, each with one place where it stands."""

    def __init__(
        self, package: Path, skip: tuple[str, ...] = (), besides: frozenset[str] = frozenset()
    ) -> None:
        """skip: modules left out; besides: texts that have their words elsewhere."""
        self.besides = besides
        self.modules: dict[str, Module] = {}
        self.methods: dict[str, list[Function]] = defaultdict(list)
        self.classes: dict[tuple[str, str], list[str]] = {}  # (module, class) -> its fields
        self.texts: dict[str, str] = {}
        self.shown: dict[str, str] = {}  # text -> the same with its slots named
        self.ours: dict[str, set[int]] = {}  # text -> which of its slots hold words again
        self.names: dict[str, str] = {}  # single words: names of the program, or words
        self._short = False
        self._busy: set[tuple[int, str]] = set()
        self._inner: dict[int, Function] = {}
        for file in sorted(package.rglob("*.py")):
            name = ".".join(
                (package.name, *file.relative_to(package).with_suffix("").parts)
            ).removesuffix(".__init__")
            if not any(name.startswith(s) for s in skip):
                self._index(name, ast.parse(file.read_text(encoding="utf-8")))
        self._calls()
        for module in self.modules.values():
            self._sinks(module)

    # -- reading the source ------------------------------------------------------------------------------------

    def _index(self, name: str, tree: ast.Module) -> None:
        module = self.modules[name] = Module(name, tree)
        for node in ast.walk(tree):
            for child in ast.iter_child_nodes(node):
                child.parent = node  # type: ignore[attr-defined]
            if isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    module.imported[alias.asname or alias.name] = (node.module, alias.name)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                own = [
                    s.target.id
                    for s in node.body
                    if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
                ]
                self.classes[name, node.name] = own
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                parent = node.parent  # type: ignore[attr-defined]
                owner = parent.name if isinstance(parent, ast.ClassDef) else ""
                made = Function(node, module, owner)
                self._inner[id(node)] = made
                if owner:
                    self.methods[node.name].append(made)
                else:
                    module.functions.setdefault(node.name, made)
        for made in self._inner.values():
            made.outer = self._function(made.node)
        for statement in tree.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
                targets = (
                    statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                )
                for target in targets:
                    if isinstance(target, ast.Name):
                        module.constants.setdefault(target.id, []).append(statement.value)

    def _function(self, node: ast.AST) -> Function | None:
        """The function around a node."""
        at = getattr(node, "parent", None)
        while at is not None and id(at) not in self._inner:
            at = getattr(at, "parent", None)
        return self._inner[id(at)] if at is not None else None

    def _calls(self) -> None:
        for module in self.modules.values():
            for node in ast.walk(module.tree):
                if isinstance(node, ast.Call):
                    for function in self._called(node, module):
                        function.calls.append((node, module, self._function(node)))

    def _called(self, call: ast.Call, module: Module) -> list[Function]:
        """The functions of the package a call may mean."""
        of = call.func
        if isinstance(of, ast.Name):
            if of.id in module.functions:
                return [module.functions[of.id]]
            source, name = module.imported.get(of.id, ("", ""))
            seen = 0
            while source in self.modules and seen < 5:
                if name in self.modules[source].functions:
                    return [self.modules[source].functions[name]]
                source, name = self.modules[source].imported.get(name, ("", ""))
                seen += 1
            return []
        if isinstance(of, ast.Attribute):
            if isinstance(of.value, ast.Name) and of.value.id in module.imported:
                source, name = module.imported[of.value.id]
                full = f"{source}.{name}"
                if full in self.modules and of.attr in self.modules[full].functions:
                    return [self.modules[full].functions[of.attr]]
            found = self.methods.get(of.attr, [])
            if isinstance(of.value, ast.Name) and of.value.id == "self":
                inside = self._function(call)
                own = [f for f in found if inside and f.owner == inside.owner]
                found = own or found
            return found if len(found) <= 3 else []
        return []

    # -- where words are said ----------------------------------------------------------------------------------

    def _sinks(self, module: Module) -> None:
        for name in WHOLE.get(module.name, ()):
            roots: list[ast.AST] = list(module.constants.get(name, []))
            roots += [
                f.node for f in self._inner.values() if f.module is module and f.node.name == name
            ]
            bodies = [
                b
                for root in roots
                for b in (
                    root.body
                    if isinstance(root, ast.FunctionDef | ast.AsyncFunctionDef)
                    else [root]
                )
            ]
            for node in (n for body in bodies for n in ast.walk(body)):
                inside = isinstance(node.parent, ast.JoinedStr | ast.FormattedValue | ast.Expr)  # type: ignore[attr-defined]
                if isinstance(node, ast.JoinedStr) or (
                    isinstance(node, ast.Constant) and isinstance(node.value, str) and not inside
                ):
                    self._add(node, module, self._function(node))
        for node in ast.walk(module.tree):
            at = self._function(node)
            if isinstance(node, ast.Call):
                name = (
                    node.func.id
                    if isinstance(node.func, ast.Name)
                    else node.func.attr
                    if isinstance(node.func, ast.Attribute)
                    else ""
                )
                which = SAID.get(name)
                if name == "echo" and not any(k.arg == "nl" for k in node.keywords):
                    which = (0,)
                if name == "say" and not (node.args and plainly(node.args[0])):
                    which = None  # a key of the catalogue of words
                if name == "table" and not module.name.startswith("optimizer.cli"):
                    which = None
                if which:
                    self._short = name in (
                        "table",
                        "words",
                    )  # heads and cells are words, however short
                    self._say(node, which, module, at)
                    self._short = False
                elif set(fields := self._fields(name, module)) & FIELDS:
                    places = [i for i, f in enumerate(fields) if f in FIELDS]
                    self._say(node, (*places, *(f for f in fields if f in FIELDS)), module, at)
                elif name == "replace":
                    self._say(node, tuple(FIELDS), module, at)
                elif (
                    name in ("append", "extend")
                    and isinstance(node.func, ast.Attribute)
                    and self._holder(node.func.value)
                    and node.args
                ):
                    self._list(node.args[0], module, at) if name == "extend" else self._add(
                        node.args[0], module, at
                    )
            elif isinstance(node, ast.Assign | ast.AugAssign) and any(
                self._holder(t) for t in getattr(node, "targets", None) or [node.target]
            ):
                self._list(node.value, module, at)

    def _fields(self, name: str, module: Module) -> list[str]:
        source, original = module.imported.get(name, (module.name, name))
        return self.classes.get((source, original), [])

    @staticmethod
    def _holder(node: ast.expr) -> bool:
        return (isinstance(node, ast.Name) and node.id in HOLDERS) or (
            isinstance(node, ast.Attribute) and node.attr in HOLDERS
        )

    def _say(
        self, call: ast.Call, which: tuple[int | str, ...], module: Module, at: Function | None
    ) -> None:
        for i, argument in enumerate(call.args):
            if i in which:
                self._list(argument, module, at)
        for keyword in call.keywords:
            if keyword.arg in which:
                self._list(keyword.value, module, at)

    def _list(self, node: ast.expr, module: Module, at: Function | None) -> None:
        for element, m, f in self._elements(node, module, at):
            self._add(element, m, f)

    def _add(self, node: ast.expr, module: Module, at: Function | None) -> None:
        for parts in self._text(node, module, at):
            self._keep(parts, f"{module.name}:{node.lineno}")

    def _keep(self, parts: Parts, place: str) -> None:
        if any("{cell}" in p for p in parts):  # filled in later, or left out with what leads to it
            self._keep(tuple(p.replace(": {cell}", "") for p in parts), place)
            parts = tuple(q for p in parts for q in re.split("(\\{cell\\})", p))
            parts = tuple("\0cell" if q == "{cell}" else q for q in parts if q)
        text = written(parts)
        if text in self.besides:
            return
        if wordy(text) or (self._short and re.fullmatch("[a-z ]{2,}", text)):
            self.texts.setdefault(text, place)
            self.shown.setdefault(text, named(parts))
            self.ours.setdefault(text, set()).update(
                i for i, p in enumerate(q for q in parts if q[:1] in ("\0", "\1")) if p[0] == "\1"
            )
        elif re.search("[a-z]{2}", text):
            self.names.setdefault(text, place)

    # -- following a text back ---------------------------------------------------------------------------------

    def _elements(
        self, node: ast.expr, module: Module, at: Function | None
    ) -> list[tuple[ast.expr, Module, Function | None]]:
        """The texts of a list of texts."""
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return [e for item in node.elts for e in self._elements(item, module, at)]
        if isinstance(node, ast.Starred):
            return self._elements(node.value, module, at)
        if isinstance(node, ast.ListComp | ast.GeneratorExp | ast.SetComp):
            return [(node.elt, module, at)]
        if isinstance(node, ast.IfExp):
            return self._elements(node.body, module, at) + self._elements(node.orelse, module, at)
        if isinstance(node, ast.BoolOp):
            return [e for value in node.values for e in self._elements(value, module, at)]
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and not self._texty(node):
            return self._elements(node.left, module, at) + self._elements(node.right, module, at)
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("tuple", "list", "sorted")
            and node.args
        ):
            return self._elements(node.args[0], module, at)
        if isinstance(node, ast.Call | ast.Name):
            out = []
            key = (id(node), "list")
            if key in self._busy:
                return []
            self._busy.add(key)
            for value, m, f in self._sources(node, module, at):
                if isinstance(
                    value,
                    ast.List
                    | ast.Tuple
                    | ast.ListComp
                    | ast.GeneratorExp
                    | ast.Name
                    | ast.Call
                    | ast.BinOp
                    | ast.IfExp,
                ):
                    out += self._elements(value, m, f)
                else:
                    out.append((value, m, f))
            self._busy.discard(key)
            return out or [(node, module, at)]
        return [(node, module, at)]

    @staticmethod
    def _texty(node: ast.expr) -> bool:
        return any(
            isinstance(n, ast.JoinedStr)
            or (isinstance(n, ast.Constant) and isinstance(n.value, str))
            for n in (getattr(node, "left", node), getattr(node, "right", node))
        ) or (isinstance(getattr(node, "left", None), ast.BinOp) and Collector._texty(node.left))  # type: ignore[attr-defined]

    def _sources(
        self, node: ast.expr, module: Module, at: Function | None
    ) -> list[tuple[ast.expr, Module, Function | None]]:
        """The expressions a name or a call stands for; none where that is data."""
        if isinstance(node, ast.Call):
            out = []
            for function in self._called(node, module):
                out += [(value, function.module, function) for value in returned(function.node)]
            return out
        if isinstance(node, ast.Name):
            here = at
            while here is not None:
                found = assigned(here.node, node.id)
                if found or appended(here.node, node.id):
                    return [
                        (value, module, here) for value in (*found, *appended(here.node, node.id))
                    ]
                if node.id in here.params:
                    return self._given(here, node.id)
                here = here.outer
            if node.id in module.constants:
                return [(value, module, None) for value in module.constants[node.id]]
            source, name = module.imported.get(node.id, ("", ""))
            if source in self.modules and name in self.modules[source].constants:
                return [
                    (value, self.modules[source], None)
                    for value in self.modules[source].constants[name]
                ]
        return []

    def _given(
        self, function: Function, param: str
    ) -> list[tuple[ast.expr, Module, Function | None]]:
        """What the callers give for a parameter, and its default."""
        out: list[tuple[ast.expr, Module, Function | None]] = []
        place = function.params.index(param) - (
            1 if function.owner and function.params[:1] in (["self"], ["cls"]) else 0
        )
        for call, module, at in function.calls:
            given = next((k.value for k in call.keywords if k.arg == param), None)
            if given is None and 0 <= place < len(call.args):
                given = call.args[place]
            if given is not None:
                out.append((given, module, at))
        a = function.node.args
        positional = [*a.posonlyargs, *a.args]
        for p, default in zip(
            positional[len(positional) - len(a.defaults) :], a.defaults, strict=True
        ):
            if p.arg == param:
                out.append((default, function.module, function))
        for p, default in zip(a.kwonlyargs, a.kw_defaults, strict=True):
            if p.arg == param and default is not None:
                out.append((default, function.module, function))
        return out

    def _text(self, node: ast.expr, module: Module, at: Function | None) -> list[Parts]:
        """Every way a text can read. An empty list: not a text that is known (data)."""
        if isinstance(node, ast.Constant):
            return [(node.value,)] if isinstance(node.value, str) else []
        if isinstance(node, ast.IfExp):
            return self._either([node.body, node.orelse], module, at)
        if isinstance(node, ast.BoolOp):
            return self._either(node.values, module, at)
        if isinstance(node, ast.JoinedStr):
            return self._joined(
                [v.value if isinstance(v, ast.FormattedValue) else v for v in node.values],
                module,
                at,
                [isinstance(v, ast.FormattedValue) and v.conversion == 114 for v in node.values],
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            sums = any(
                isinstance(n, ast.Constant) and not isinstance(n.value, str) for n in flat(node)
            )
            found = [] if sums else self._joined(flat(node), module, at)
            return found if any(p[:1] not in ("\0", "\1") for parts in found for p in parts) else []
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method = node.func.attr
            if method in ("strip", "rstrip", "lstrip", "removesuffix", "capitalize", "lower"):
                return self._text(node.func.value, module, at)
            if method == "join" and node.args:
                listed = [
                    (parts, f"{m.name}:{element.lineno}")
                    for element, m, f in self._elements(node.args[0], module, at)
                    for parts in self._text(element, m, f)
                ]
                for parts, place in listed:
                    self._keep(parts, place)
                return [("\1names",)] if any(wordy(written(parts)) for parts, _ in listed) else []
            if method in ("format", "replace"):
                return self._text(node.func.value, module, at)
            if method == "get" and isinstance(node.func.value, ast.Dict | ast.Name):
                return self._values(node.func.value, module, at) + (
                    self._text(node.args[1], module, at) if len(node.args) > 1 else []
                )
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.value, ast.Call)
            and isinstance(node.slice, ast.Constant)
            and isinstance(node.slice.value, int)
        ):
            out = []
            for value, m, f in self._sources(node.value, module, at):
                if isinstance(value, ast.Tuple) and node.slice.value < len(value.elts):
                    out += self._text(value.elts[node.slice.value], m, f)
            return out
        if isinstance(node, ast.Subscript):
            return self._values(node.value, module, at)
        if isinstance(node, ast.Name | ast.Call):
            key = (id(node), "text")
            if key in self._busy:
                return []
            self._busy.add(key)
            out: list[Parts] = []
            for value, m, f in self._sources(node, module, at):
                out += self._text(value, m, f) or (
                    [("\0" + slot(value),)] if not isinstance(value, ast.Constant) else []
                )
            self._busy.discard(key)
            out = list(dict.fromkeys(out))
            return out if any(wordy(written(p)) or p == ("",) for p in out) else []
        return []

    def _values(self, node: ast.expr, module: Module, at: Function | None) -> list[Parts]:
        """The texts of a mapping or list of constants."""
        places = (
            [(node, module, at)]
            if isinstance(node, ast.Dict)
            else self._sources(node, module, at)
            if isinstance(node, ast.Name)
            else []
        )
        out: list[Parts] = []
        for value, m, f in places:
            if isinstance(value, ast.Dict):
                for v in value.values:
                    out += [p for p in self._text(v, m, f) if wordy(written(p))]
        return out

    def _either(self, nodes: list[ast.expr], module: Module, at: Function | None) -> list[Parts]:
        out: list[Parts] = []
        for node in nodes:
            out += self._text(node, module, at) or (
                [("\0" + slot(node),)] if not isinstance(node, ast.Constant) else []
            )
        return list(dict.fromkeys(out)) if any(wordy(written(p)) or p == ("",) for p in out) else []

    def _joined(
        self,
        nodes: list[ast.expr],
        module: Module,
        at: Function | None,
        quoted: list[bool] | None = None,
    ) -> list[Parts]:
        choices: list[list[Parts]] = []
        for i, node in enumerate(nodes):
            hole: Parts = ("\0" + slot(node),)
            found = self._text(node, module, at) if not (quoted and quoted[i]) else []
            if not found:
                choices.append([hole])
            elif isinstance(node, ast.Constant | ast.JoinedStr | ast.IfExp | ast.BinOp) or (
                isinstance(node, ast.Name)
                and len(found) <= 3
                and (
                    (
                        at is not None
                        and [type(v) for v in assigned(at.node, node.id)] == [ast.BinOp]
                    )
                    or all(p == ("",) or p[0][:1] not in "\0\1" for p in found)
                )
            ):
                choices.append(found)
            else:
                for parts in found:
                    self._keep(parts, f"{module.name}:{node.lineno}")
                choices.append(
                    [("\1" + slot(node),)] if any(wordy(written(p)) for p in found) else [hole]
                )
        size = 1
        for options in choices:
            size *= len(options)
        if size > MOST:
            for i, options in enumerate(choices):
                if len(options) > 1:
                    for parts in options:
                        self._keep(parts, f"{module.name}:{nodes[i].lineno}")
                    choices[i] = [("\1" + slot(nodes[i]),)]
        return [tuple(itertools.chain(*chosen)) for chosen in itertools.product(*choices)]


def plainly(node: ast.expr) -> bool:
    """Whether a text is said, and not a key such as "cards.cac" or what is put together to be one."""
    first = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return isinstance(first, ast.Constant) and " " in str(first.value)


def flat(node: ast.expr) -> list[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*flat(node.left), *flat(node.right)]
    return [node]


@cache
def own(node: ast.AST) -> list[ast.AST]:
    """The nodes of a function without those of functions inside it."""
    out, todo = [], list(ast.iter_child_nodes(node))
    while todo:
        n = todo.pop(0)
        out.append(n)
        if not isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            todo[:0] = list(ast.iter_child_nodes(n))
    return out


def returned(function: ast.AST) -> list[ast.expr]:
    return [
        n.value
        for n in own(function)
        if isinstance(n, ast.Return | ast.Yield) and n.value is not None
    ]


def assigned(function: ast.AST, name: str) -> list[ast.expr]:
    """What is assigned to a local name: plain assignments, pairs, and loops over written-out tuples."""
    return assignments(function).get(name, [])


@cache
def assignments(function: ast.AST) -> dict[str, list[ast.expr]]:
    out: dict[str, list[ast.expr]] = defaultdict(list)

    def pair(target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            out[target.id].append(value)
        elif (
            isinstance(target, ast.Tuple)
            and isinstance(value, ast.Tuple)
            and len(target.elts) == len(value.elts)
        ):
            for t, v in zip(target.elts, value.elts, strict=True):
                pair(t, v)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.IfExp):
            pair(target, value.body)
            pair(target, value.orelse)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Call):
            for i, t in enumerate(target.elts):
                piece = ast.copy_location(ast.Subscript(value, ast.Constant(i)), value)
                pair(t, piece)

    for n in own(function):
        if isinstance(n, ast.Assign):
            for target in n.targets:
                pair(target, n.value)
        elif isinstance(n, ast.AnnAssign | ast.NamedExpr | ast.AugAssign) and n.value is not None:
            pair(n.target, n.value)
        elif isinstance(n, ast.For | ast.comprehension) and isinstance(
            n.iter, ast.List | ast.Tuple
        ):
            for item in n.iter.elts:
                pair(n.target, item)
    return out


@cache
def appends(function: ast.AST) -> dict[str, list[ast.expr]]:
    out: dict[str, list[ast.expr]] = defaultdict(list)
    for n in own(function):
        if (
            isinstance(n, ast.Call)
            and isinstance(n.func, ast.Attribute)
            and n.func.attr == "append"
            and isinstance(n.func.value, ast.Name)
            and n.args
        ):
            out[n.func.value.id].append(n.args[0])
    return out


def appended(function: ast.AST, name: str) -> list[ast.expr]:
    """What is appended to a local list."""
    return appends(function).get(name, [])


def slot(node: ast.expr) -> str:
    """A name for what varies, out of the expression."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "join":
            return "names"
        inner = node.args[0] if node.args else node.func
        return slot(inner) if not isinstance(inner, ast.Constant) else slot(node.func)
    if isinstance(node, ast.Subscript):
        return slot(node.value)
    if isinstance(node, ast.BinOp):
        return slot(node.left)
    return "x"


def named(parts: Parts) -> str:
    """A template with its slots named, as one would write it into the catalogue."""
    used: dict[str, int] = defaultdict(int)
    out = []
    for p in parts:
        if p[:1] not in ("\0", "\1"):
            out.append(p.replace("{", "{{").replace("}", "}}"))
            continue
        used[p[1:]] += 1
        name = p[1:] + (str(used[p[1:]]) if used[p[1:]] > 1 else "")
        out.append("{" + name + (":words" if p[0] == "\1" else "") + "}")
    return "".join(out)


def written(parts: Parts) -> str:
    """A template as the catalogue writes it, its slots without names."""
    return "".join(
        "{}" if p[:1] in ("\0", "\1") else p.replace("{", "{{").replace("}", "}}") for p in parts
    )


def wordy(text: str) -> bool:
    """Whether there are words to translate, besides slots and code."""
    plain = re.sub(r"\{\{|\}\}|\{[^}]*\}", "\0", text)
    if re.search(
        r"SELECT .*FROM|CASE WHEN|IS (NOT )?NULL|\(\?i\)|^pip install[^(]*$|^\0 GiB$", plain
    ):
        return False
    return (
        bool(re.search(r"[A-Za-z]{2}", re.sub(r"`[^`]*`|--[a-z-]+", "", plain)))
        and " " in text.strip()
    )
