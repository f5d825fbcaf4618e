"""What may be shown and kept: text without secrets, and without signs that drive a terminal."""

from __future__ import annotations

import re

# what may be told of an address's parameters; every other value may be a secret
HARMLESS = (
    *("sslmode", "host", "port", "dbname", "database", "schema", "user", "username", "role"),
    *("connect_timeout", "application_name", "warehouse", "region", "location", "project"),
)
START = re.compile(r"(?<![A-Za-z0-9+.-])([A-Za-z][A-Za-z0-9+.-]*)://")
# a "::" that another parameter follows belongs to the value
_PARAMETER = re.compile(
    r"([?&;]\s*)([\w.-]+)(\s*=\s*)([^&;\"'\n]*(?=::[^&;\"'\n]*(?:[\"'\n]|$))|[^&;\"'\n]*)"
)
_SECRET = re.compile(
    r"(?i)\b([\w.-]*(?:passw(?:or)?d|passphrase|pwd|token|secret|credential|api_?key|access_?key))"
    r"(\s*=\s*)(?!\*{3})(\"[^\"\n]*\"|'[^'\n]*'|[^\s&;\"']+)"
)
# XML, and with it every chart, knows none of these; a terminal takes some of them as orders
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    r"""Text without control characters, for a terminal; line ends and tabs stay.

    >>> printable("a\x1b[31mb")
    'a�[31mb'
    """
    return CONTROLS.sub("\ufffd", text.replace("\r\n", "\n")).replace("\r", "\ufffd")


def told(text: str) -> str:
    """Text as a person may see it: without control characters and secrets."""
    return hidden(printable(text))


def hidden(text: str) -> str:
    """Text with the secrets of every address in it left out: passwords, tokens, keys.

    Where it cannot be told where a secret ends, more than the secret is left out.

    >>> hidden("data: postgres://me:s3/cr et@host/db::events")
    'data: postgres://me:***@host/db::events'
    >>> hidden("postgres://host/db?user=me&password=x y&sslmode=require::t")
    'postgres://host/db?user=me&password=***&sslmode=require::t'
    """
    if "://" in text:
        text = "\n".join(map(_line, text.split("\n")))
    return _SECRET.sub(r"\1\2***", text) if "=" in text else text


def _line(line: str) -> str:
    """One line, address by address from the last, so that each is looked at by itself."""
    starts = [found.end() for found in START.finditer(line)]
    end = len(line)
    for start in reversed(starts):
        line = line[:start] + _one(line[start:end]) + line[end:]
        end = start
    return line


def _one(rest: str) -> str:
    """What stands behind `scheme://`."""
    before, colons, __ = rest.partition("::")
    at = before.rfind("@")
    if at < 0 and colons and re.match(r"[^/?#\s]*:[^/]*$", before):
        at = rest.rfind("@")  # a password that holds "::"
    elif at < 0 and not colons:
        at = rest.rfind("@")
    colon = rest.find(":")
    if 0 <= colon < at:
        inside = rest[colon:at]
        # an "@" of a parameter, as it seems: what stands behind it is no host
        unsure = "?" in inside and "=" in inside
        tail = "".join(rest[at:].partition("::")[1:]) if unsure else rest[at:]
        rest = f"{rest[:colon]}:***{tail}"
    return _PARAMETER.sub(
        lambda found: (
            found[0] if found[2].lower() in HARMLESS else f"{found[1]}{found[2]}{found[3]}***"
        ),
        rest,
    )
