"""Messages, notes and remarks in the reader's language.

The program says everything in plain English where it happens: `UserError(f"there is no arm '{name}'")`. Where a person
reads it in Chinese, the sentence is looked up here by its English template, `there is no arm '{name}'`, and what
stood in the slots is put into the Chinese one, untouched. A slot `{rest:words}` holds a sentence of the program again
and is translated too, `{kind:name}` one of its own names (messages_zh/names.py), `{broken:rules}` rules with their
bounds. A sentence that is not in the catalogue is shown as it was said; a test holds the catalogue
against the source.
"""

from __future__ import annotations

import importlib
import re
from dataclasses import dataclass
from functools import lru_cache

from optimizer.errors import Problem, UserError

PARTS = (
    "allocation",
    "attribution",
    "cli",
    "customers",
    "data",
    "importers",
    "plan",
    "scenario",
    "names",
    "libraries",
)
SEPARATORS = {"; ": "；", ", ": "、", " and ": "和", " or ": "或"}
SURE = 4  # so many signs at the head of a sentence say more than any number within it
FEW = 7  # signs of its own that a sentence needs, to be told from others
DEEPEST = 6
PREFIXES = 8  # so many places in a sentence are tried for its beginning


@dataclass(frozen=True)
class Template:
    """A sentence with slots. fixed: the text around its slots, one more than there are slots; words, names, rules: the
    slots that hold words of the program."""

    fixed: tuple[str, ...]
    slots: tuple[str, ...]
    words: frozenset[str]
    names: frozenset[str]
    rules: frozenset[str]
    chinese: str

    def fill(self, text: str) -> dict[str, str] | None:
        """What stands in the slots of `text`; None where it is another sentence. Each slot is as short as can be."""
        if not text.startswith(self.fixed[0]) or not text.endswith(self.fixed[-1]):
            return None
        if not self.slots:
            return {} if text == self.fixed[0] else None
        at, end, found = len(self.fixed[0]), len(text) - len(self.fixed[-1]), []
        for piece in self.fixed[1:-1]:
            to = text.find(piece, at, end)
            if to < 0:
                return None
            found.append(text[at:to])
            at = to + len(piece)
        if at > end:
            return None
        found.append(text[at:end])
        values = dict(zip(self.slots, found, strict=True))
        if self.weak and any(
            " " in value
            for name, value in values.items()
            if name not in self.words | self.names | self.rules
        ):
            return None
        return values

    @property
    def weak(self) -> bool:
        """Whether it says so little itself ("{name} is {value}") that any sentence could be taken for it."""
        return (
            len(self.fixed[0]) < SURE
            and sum(not c.isspace() for piece in self.fixed for c in piece) < FEW
        )


def template(english: str, chinese: str) -> Template:
    """Read `rule '{name}' stands here{of:words}`; {{ and }} are braces."""
    fixed, slots, ours = [""], [], {"words": set[str](), "name": set[str](), "rules": set[str]()}
    for piece in re.split(r"(\{\{|\}\}|\{\w+(?::words|:name|:rules)?\})", english):
        if piece in ("{{", "}}"):
            fixed[-1] += piece[0]
        elif piece.startswith("{"):
            name, _, kind = piece[1:-1].partition(":")
            slots.append(name)
            fixed.append("")
            if kind:
                ours[kind].add(name)
        else:
            fixed[-1] += piece
    return Template(
        tuple(fixed),
        tuple(slots),
        frozenset(ours["words"]),
        frozenset(ours["name"]),
        frozenset(ours["rules"]),
        chinese,
    )


@lru_cache(maxsize=1)
def catalogue() -> dict[str, str]:
    """Every English template with its Chinese."""
    out: dict[str, str] = {}
    for part in PARTS:
        out |= importlib.import_module(f"optimizer.report.words.messages_zh.{part}").MESSAGES
    return out


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    """Single words of the program: they may also be a user's, so only `{slot:name}` takes them for its own."""
    found: dict[str, str] = importlib.import_module(
        "optimizer.report.words.messages_zh.names"
    ).MESSAGES
    return found


@lru_cache(maxsize=1)
def _templates() -> tuple[dict[str, Template], tuple[Template, ...]]:
    """Sentences without slots by their text; the others, those with more text of their own first."""
    read = [template(english, chinese) for english, chinese in catalogue().items()]
    slotted = sorted(
        (t for t in read if t.slots),
        key=lambda t: (
            not any("\n" in piece for piece in t.fixed),
            len(t.fixed[0]) < SURE,
            -sum(map(len, t.fixed)),
            len(t.slots),
            t.fixed,
        ),
    )
    return {t.fixed[0]: t for t in read if not t.slots}, tuple(slotted)


def looked_up(text: str) -> tuple[Template, dict[str, str]] | None:
    """The template a sentence was made from, and what stands in its slots."""
    plain, slotted = _templates()
    if text in plain:
        return plain[text], {}
    for one in slotted:
        values = one.fill(text)
        if values is not None:
            return one, values
    return None


def _known(text: str, depth: int = 0) -> str | None:
    """The text in Chinese; None where the catalogue does not hold it."""
    found = looked_up(text) if depth < DEEPEST else None
    if found is None:
        return None
    one, values = found
    return _joined(
        one.chinese.format(
            **{name: _filled(one, name, value, depth + 1) for name, value in values.items()}
        )
    )


def _dressed(text: str) -> str | None:
    """A sentence of the catalogue with something around it: an excerpt below, its author before, a capital and a full stop."""
    head, mark, _ = text.partition("\n")
    if mark and (known := _known(head) or _dressed(head)) is not None:
        return known + text[len(head) :]
    if (
        text[:1].isupper()
        and text.endswith(".")
        and (known := _known(text[0].lower() + text[1:-1])) is not None
    ):
        return known + "。"
    for at in [m.end() for m in re.finditer(": ", text)][:PREFIXES]:
        if (known := _known(text[at:])) is not None:
            return f"{text[: at - 2]}：{known}"
    return None


def _counted(text: str) -> str | None:
    """A sentence of the catalogue with a remark in brackets behind it, " (15 such cells)", that is one of the catalogue too."""
    at = text.rfind(" (")
    behind = looked_up(text[at:]) if at > 0 and text.endswith(")") else None
    if behind is None or not behind[0].fixed[0].startswith(" ("):
        return None
    head, tail = _known(text[:at]), _known(text[at:])
    return None if head is None or tail is None else head + tail


EDGE = "\0"


def _filled(one: Template, slot: str, value: str, depth: int) -> str:
    """What is put into a slot. Words of the program are marked at their edges, for the blanks around them."""
    value = value.replace(EDGE, "")
    if slot not in one.words | one.names | one.rules:
        return value
    known = _rules(value) if slot in one.rules else _phrase(value, depth, slot in one.names)
    return f"{EDGE}{known}{EDGE}" if known != value else value


def _joined(text: str) -> str:
    """No blank between Chinese and Chinese where words were put together."""
    text = re.sub(
        f"(?<=[\u4e00-\u9fff]) {EDGE}(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff]){EDGE} (?=[\u4e00-\u9fff])",
        "",
        text,
    )
    return text.replace(EDGE, "")


def _rules(text: str) -> str:
    """Rules as the allocator writes them, "max_cac 75, min_share 0.4 of a/b", by the report's names for them."""
    from optimizer.report.words import catalogue as report

    named, out = report("zh"), []
    for piece in re.split(", | and ", text):
        found = re.fullmatch(r"([a-z_]+) ([-+]?[\d.,]+%?)(?: of (.+))?", piece, re.DOTALL)
        if found is None or f"rule.{found[1]}" not in named:
            return text
        out.append(
            f"{named[f'rule.{found[1]}']} {found[2]}" + (f"（{found[3]}）" if found[3] else "")
        )
    return "、".join(out)


def _phrase(text: str, depth: int, names: bool) -> str:
    """Words in a slot: one phrase, or several in a row. names: single words too."""

    def found(part: str) -> str | None:
        return _names().get(part) if part in _names() else _known(part, depth)

    if text in _names():
        return _names()[text] if names else text
    listed = [_known(part, depth) for part in text.split("; ")]
    if len(listed) > 1 and None not in listed:
        return "；".join(part for part in listed if part is not None)
    known = _known(text, depth)
    if known is not None:
        return known
    for english, chinese in SEPARATORS.items():
        parts = text.split(english)
        told = [
            found(part) if names else None if part in _names() else _known(part, depth)
            for part in parts
        ]
        if len(parts) > 1 and any(part is not None for part in told):
            return chinese.join(
                part if known is None else known for part, known in zip(parts, told, strict=True)
            )
    return text


def translate(text: str, lang: str) -> str:
    """A message, note or remark in the language; as it is where no translation is known."""
    if lang == "en" or not text:
        return text
    if (counted := _counted(text)) is not None:
        return counted
    found = looked_up(text)
    plain = found is not None and (
        "\n" not in text or any("\n" in piece for piece in found[0].fixed)
    )
    known = _known(text) or _dressed(text) if plain else _dressed(text) or _known(text)
    return text if known is None else known


def told(problem: Problem, lang: str) -> str:
    """A problem as a person reads it: where, what, and on a line of its own what to try."""
    if lang == "en":
        return str(problem)
    what, where, fix = (
        translate(part, lang) if part else part
        for part in (problem.what, problem.where, problem.fix)
    )
    head = f"{where}：{what}" if where else str(what)
    return f"{head}\n  建议：{fix}" if fix else head


def error(wrong: UserError, lang: str) -> str:
    """Every problem of an error."""
    return "\n".join(told(problem, lang) for problem in wrong.problems)
