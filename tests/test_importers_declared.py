"""An importer is declared in one file, ours or a package of the user's own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optimizer.data.importers import IMPORTERS, Importer, column
from optimizer.data.importers.declare import Importers
from optimizer.messages import _

BILLBOARDS = '''"""Our billboards."""

from optimizer.data.importers import DAYS, IMPORTERS, Importer, column


@IMPORTERS.register
def our_billboards() -> Importer:
    """Billboards of our agency, by day and street -> spend."""
    return Importer(
        "Billboards",
        "spend",
        channel="outdoor/billboards",
        sign=("Poster ID",),
        key=("_poster",),
        columns=(
            column("period", *DAYS, kind="day", required=True),
            column("spend", "Rent", "租金", kind="money", required=True),
            column("exposures", "Passers-by", kind="count"),
            column("_poster", "Poster ID", kind="id"),
        ),
    )


@IMPORTERS.register
def our_cinemas() -> Importer:
    """Spots in cinemas, told by its columns alone -> spend."""
    return Importer(
        "Cinemas",
        "spend",
        channel="outdoor/cinemas",
        columns=(
            column("period", "Cinema day", *DAYS, kind="day", required=True),
            column("spend", "Hall rent", kind="money", required=True),
            column("exposures", "Spectators", kind="count"),
        ),
    )
'''
BROKEN = '''"""Says nothing of itself."""

from optimizer.data.importers import IMPORTERS, Importer, column


@IMPORTERS.register
def torn() -> Importer:
    """Two columns under one header -> spend."""
    return Importer(
        "Torn", "spend", columns=(column("spend", "Cost"), column("clicks", "cost"))
    )
'''


def package(folder: Path, name: str, source: str) -> None:
    """A package of one file that is found as installed ones are."""
    (folder / f"{name}.py").write_text(source, encoding="utf-8")
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[optimizer.importers]\n{name} = {name}\n")


def run(folder: Path, *words: str | Path) -> subprocess.CompletedProcess[str]:
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        "sys.argv = ['optimizer', *sys.argv[1:]]\n"
        "from optimizer.cli import main; main()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, words)], capture_output=True, text=True, check=False
    )


def test_an_importer_of_a_users_package_is_listed_recognised_and_used(tmp_path: Path) -> None:
    package(tmp_path, "billboards", BILLBOARDS)
    package(tmp_path, "torn_apart", BROKEN)
    ran = run(tmp_path, "list", "importers", "--format", "csv")
    assert 'our_billboards,"Billboards of our agency, by day and street -> spend."' in ran.stdout
    assert "torn," not in ran.stdout
    export = tmp_path / "export.csv"
    export.write_text(
        '日期,Poster ID,租金,Passers-by\n2026/8/3,7,"￥1,200",1.5万\n', encoding="gbk"
    )
    signless = tmp_path / "cinemas.csv"
    signless.write_text("Cinema day,Hall rent,Spectators\n2026-08-03,￥300,90\n", encoding="utf-8")
    out = tmp_path / "spend.csv"
    ran = run(tmp_path, "import", "auto", export, signless, "--out", out)
    assert ran.returncode == 0, ran.stderr
    assert out.read_text() == (
        "period,channel,spend,exposures\n"
        "2026-08-03,outdoor/billboards,1200.0,15000\n"
        "2026-08-03,outdoor/cinemas,300.0,90\n"
    )


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        (lambda: "no importer", "must return an Importer"),
        (lambda: Importer("x", "cats"), "'cats' is no table"),  # type: ignore[arg-type]
        (
            lambda: Importer("x", "spend", columns=(column("a", "A"), column("b", "a"))),
            "header 'a' means both a and b",
        ),
        (lambda: Importer("x", "spend", either=("gmv",)), "either names no column of its own: gmv"),
        (lambda: Importer("x", "spend", once="order"), "once names no column of its own: order"),
    ],
)
def test_a_declaration_that_breaks_the_contract_is_refused(entry: Any, what: str) -> None:
    from optimizer.data.importers.declare import _keeps_the_contract

    family = Importers(_("importer"), accepts=_keeps_the_contract)
    entry.__doc__ = "Something -> spend."
    with pytest.raises((TypeError, ValueError), match=what):
        family.add("mine", entry)
    assert not list(family)


def test_importers_stand_in_the_order_of_their_ranks() -> None:
    ranks = [IMPORTERS[name]().rank for name in IMPORTERS]
    assert ranks == sorted(ranks)
    assert next(iter(IMPORTERS)) == "xhs_juguang"
