"""Sentences of other people's: the system's, click's, the YAML reader's. What is known here is said
in every language.

They arrive as finished English text. `foreign(text)` makes a message of one that is known, and
leaves any other as it is: no sentence of the program's own ever comes this way.
"""

from __future__ import annotations

import re
from functools import cache

from optimizer.messages import Message, Text, _

KNOWN = (
    # the operating system
    _("No such file or directory"),
    _("Permission denied"),
    _("Operation not permitted"),
    _("Is a directory"),
    _("Not a directory"),
    _("File exists"),
    _("File name too long"),
    _("No space left on device"),
    _("Read-only file system"),
    _("Too many open files"),
    _("Address already in use"),
    # archives and workbooks
    _("File is not a zip file"),
    _("Cannot detect file format"),
    _("Compressed file ended before the end-of-stream marker was reached"),
    _("unexpected end of data"),
    # the YAML reader
    _("mapping values are not allowed here"),
    _("could not find expected ':'"),
    _("found character '\\t' that cannot start any token"),
    _("found character {sign} that cannot start any token"),
    _("found duplicate key {key}"),
    _("found duplicate key {key} with value {value} (original value: {first})"),
    _("found unexpected end of stream"),
    _("found unexpected ':'"),
    _("expected <block end>, but found {token}"),
    _("expected ',' or ']', but got {token}"),
    _("expected ',' or '}}', but got {token}"),
    _("expected the node content, but found {token}"),
    _("found undefined alias {name}"),
    _("expected '<document start>', but found {token}"),
    _("expected a comment or a line break, but found {sign}"),
    _("expected alphabetic or numeric character, but found {sign}"),
    _("expected a mapping or list of mappings for merging, but found {what}"),
    _("mapping keys are not allowed here"),
    _("sequence entries are not allowed here"),
    _("None: keys should be strings"),
    _("did not find expected {what}"),
    _("not sound YAML"),
)


SLOT = r"\{\w+\}"


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Those that say the most first: a slot takes whatever stands there."""
    made = []
    for message in sorted(KNOWN, key=lambda known: -len(re.sub(SLOT, "", known.template))):
        pattern = "".join(
            f"(?P<{part[1:-1]}>.+)"
            if re.fullmatch(SLOT, part)
            else re.escape(part.replace("}}", "}").replace("{{", "{"))
            for part in re.split(f"({SLOT})", message.template)
        )
        made.append((re.compile(pattern, re.DOTALL), message.template))
    return tuple(made)


def foreign(text: object) -> Text:
    """A library's sentence as something that can be said in other languages.

    Parameters
    ----------
    text
        What the library says: a text, or the exception (its first line).

    Returns
    -------
    Text
        A message that reads the same in English; the text itself where it is not known.

    >>> foreign("found undefined alias 'tv'")
    Message("found undefined alias 'tv'")
    >>> foreign("Some Error: of a library")
    'Some Error: of a library'
    """
    said = (str(text).splitlines() or [""])[0]
    for pattern, template in _patterns():
        found = pattern.fullmatch(said)
        if found:
            return Message(template, tuple(found.groupdict().items()))
    return said
