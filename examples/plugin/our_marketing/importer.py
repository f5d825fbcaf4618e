"""An importer: the export of a platform only we use."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import column
from optimizer.locale import add_translations


@IMPORTERS.register
def metro_posters() -> Importer:
    """Posters in the metro: one row per day and line -> spend."""
    return Importer(
        "Metro posters",
        "spend",
        channel="metro",
        sign=("Metro line", "Poster rent"),
        key=("period", "_line"),
        columns=(
            column("period", "Hung on", kind="day", required=True),
            column("_line", "Metro line"),
            column("spend", "Poster rent", kind="money", required=True),
            column("exposures", "Passengers", kind="count"),
        ),
    )


add_translations(
    "zh",
    {
        "Posters in the metro: one row per day and line -> spend.": "地铁海报：每天每条线路一行 → 花费。"
    },
)
