"""Platform exports -> our tables. `optimizer import` and `optimizer list importers` start here.

Each platform is one declaration: its headers and their other names, our columns, units, and the
window of its ROI columns. `IMPORTERS` is the registry; `read_exports` reads files with it.
"""

from optimizer.data.importers.declare import DAYS, IMPORTERS, Importer, Recorded
from optimizer.data.importers.exports import Imported, read_exports
from optimizer.data.reading.choices import Choices
from optimizer.data.reading.columns import Column, column

__all__ = [
    "DAYS",
    "IMPORTERS",
    "Choices",
    "Column",
    "Imported",
    "Importer",
    "Recorded",
    "column",
    "read_exports",
]
