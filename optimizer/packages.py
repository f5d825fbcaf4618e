"""What the program can use beside its own core, by the packages that it is published as."""

from __future__ import annotations

# workbooks and pages come with the program; the two names say what is missing where they do not load
EXTRAS: dict[str, tuple[str, ...]] = {
    "excel": ("xlsxwriter>=3.2",),
    "serve": ("starlette>=0.40", "uvicorn>=0.30"),
    "warehouse": ("ibis-framework[duckdb,postgres]>=12", "sqlglot>=25,<30.18"),
    "spark": ("ibis-framework[pyspark]>=12", "pyspark>=4,<4.1"),
}


def install(extra: str) -> str:
    """The command that brings an optional part.

    >>> install("excel")
    "pip install 'xlsxwriter>=3.2'"
    """
    return "pip install " + " ".join(f"'{package}'" for package in EXTRAS[extra])
