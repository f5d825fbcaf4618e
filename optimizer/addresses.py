"""Database addresses: taken apart, on a list of schemes, and shown without their secrets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote, unquote_plus, urlsplit

from optimizer.errors import UserError
from optimizer.messages import _, listed
from optimizer.registry import did_you_mean
from optimizer.shown import HARMLESS, START, hidden

FILES = ("duckdb", "sqlite")  # files on this machine, opened for reading only
PROMISED = ("postgres", "postgresql")  # the session is told to change nothing, and keeps to it
ON_TRUST = (  # only a SELECT is sent; whether it may change anything is the account's affair
    *("athena", "bigquery", "clickhouse", "databricks", "mssql", "mysql", "oracle"),
    *("snowflake", "trino"),
)
SCHEMES = (*FILES, *PROMISED, *ON_TRUST)
_TABLE = re.compile(r"((?:\[[^\]]*\]|[^\[])*?)::(.*)", re.DOTALL)


@dataclass(frozen=True)
class Address:
    """A database and what to read in it: `URL::table`, `URL::SELECT ...`.

    Attributes
    ----------
    url, table
        The two sides.
    scheme
        One of `SCHEMES`.
    """

    url: str
    table: str
    scheme: str

    @property
    def label(self) -> str:
        """The address as it may be shown."""
        return hidden(f"{self.url}::{self.table}")

    @property
    def file(self) -> str:
        """The path of a database that is a file."""
        parts = urlsplit(self.url)
        return unquote(parts.netloc + parts.path)

    def scrubbed(self, text: str) -> str:
        """What somebody else says of this address, without the secrets that stand in it."""
        parts = urlsplit(self.url)
        found = {parts.password or ""}
        for name, value in _parameters(parts.query):
            if name.lower() not in HARMLESS:
                found.add(value)
        for secret in sorted(found, key=len, reverse=True):
            for form in {secret, unquote(secret), unquote_plus(secret)} - {""}:
                # a short one may be part of a word that is none
                bound = r"\b" if len(form) < 4 and form.isalnum() else ""
                text = re.sub(bound + re.escape(form) + bound, "***", text)
        return hidden(text)


def is_address(text: str) -> bool:
    """Whether a text names a database by its address, not a file.

    >>> is_address("postgres://me@host/db::events"), is_address("shop.duckdb::SELECT '://'")
    (True, False)
    """
    return START.match(text) is not None


def is_query(text: str) -> bool:
    """Whether what is to be read is a query rather than the name of a table.

    >>> is_query("SELECT\\t*\\nFROM t"), is_query("values(1)"), is_query("from.values"), is_query("with-tax")
    (True, True, False, False)
    """
    asked = r"\s*(select|with|from|values)\b(?!\s*$|[.-])"
    return re.match(asked, text, re.IGNORECASE) is not None


def parse(text: str) -> Address:
    """Take an address apart.

    Raises
    ------
    UserError
        For a scheme that is not on the list, no table, or what no URL can hold; it shows no secret.
    """
    start = START.match(text)
    scheme = start[1].lower() if start else ""
    if start is None or scheme not in SCHEMES:
        raise UserError(
            _("addresses that begin with {scheme}:// are not read", scheme=scheme),
            hidden(text),
            did_you_mean(scheme, SCHEMES)
            if scheme not in ("http", "https", "ftp", "s3", "gs", "file", "pyspark", "spark")
            else _("name a file on this machine, or a database: {names}", names=listed(SCHEMES)),
        )
    found = _TABLE.fullmatch(text[start.end() :])
    if found is None or not found[2].strip() or not found[1]:
        raise UserError(
            _("a database address names its table"),
            hidden(text),
            _("write postgres://user@host/database::schema.table, or ::SELECT ... in its place"),
        )
    url = f"{scheme}://{found[1]}"
    try:
        parts = urlsplit(url)
        sound = parts.port is None or parts.port > 0
    except ValueError:
        sound = False
    # what is left of a sign that ends the password too early
    stray = "@" in url[len(scheme) + 3 + len(parts.netloc) :].partition("?")[0] if sound else True
    if not is_query(found[2]) and re.search("::|@", found[2]):
        stray = True
    if not sound or stray or re.search(r"[\s#]", url):
        raise UserError(
            _("this address cannot be read"),
            hidden(text),
            _(
                "in a password write / as %2F, a space as %20, @ as %40, : as %3A, ? as %3F, # as %23"
            ),
        )
    return Address(url, found[2].strip(), scheme)


def _parameters(query: str) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, __, value in (part.partition("=") for part in re.split("[&;]", query))
        if value
    ]
