"""Five tiny exports as a founder drops them, two of them broken on purpose."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

MONDAYS = [date(2026, 1, 5) + timedelta(days=7 * week) for week in range(8)]
EXPORTS = {
    "search.csv": "week,channel,spend\n"
    + "".join(f"{day},search,{1000 + 40 * i}\n" for i, day in enumerate(MONDAYS)),
    # 01/05 is a day of May to some
    "feed.csv": "week,channel,spend\n01/05/2026,feed,1500\n01/12/2026,feed,1530\n"
    "02/02/2026,feed,1560\n02/09/2026,feed,1590\n03/02/2026,feed,1640\n03/09/2026,feed,1600\n",
    # "Outlay" is no word that is known for spend
    "social.csv": "week,channel,Outlay\n"
    + "".join(f"{day},social,{800 + 25 * i}\n" for i, day in enumerate(MONDAYS)),
    "journeys.csv": "path,conversions,value\nsearch,60,9000\nfeed > search,45,6800\n"
    "social > feed > search,20,3100\nsocial,15,2200\nfeed,18,2700\n",
    "notes.csv": "when,who\nMonday,Ann\nTuesday,Bo\n",
}
MAPPING = "files:\n  feed.csv: {dates: mdy}\n  social.csv: {columns: {spend: Outlay}}\n"


def write_exports(folder: Path) -> list[Path]:
    """The files in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in EXPORTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in EXPORTS]
