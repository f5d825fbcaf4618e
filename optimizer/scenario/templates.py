"""The shipped scenarios, which are also the templates of `optimizer new`."""

from __future__ import annotations

import shutil
from pathlib import Path

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.registry import did_you_mean
from optimizer.results.commit import commit


def home() -> Path:
    """Where the shipped scenarios stand: inside an installed wheel, or at the top of the
    repository.
    """
    package = Path(__file__).resolve().parent.parent
    inside = package / "_scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


def templates(lang: str = "en") -> dict[str, str]:
    """Name -> the founder's question (the first line of the scenario's README, in the language).

    Parameters
    ----------
    lang
        en or zh.

    Returns
    -------
    dict[str, str]
        In the order of their names; "" where a scenario has no README.
    """
    found = {}
    for file in sorted(home().glob("*/scenario.yaml")):
        readme = file.parent / ("README.zh.md" if lang == "zh" else "README.md")
        first = readme.read_text(encoding="utf-8").splitlines()[0] if readme.exists() else ""
        found[file.parent.name] = first.lstrip("# ").strip()
    return found


def copy_template(name: str, folder: Path | str, lang: str = "en") -> Path:
    """Copy a template into a new folder, whole or not at all.

    Parameters
    ----------
    name
        A shipped scenario.
    folder
        The folder to be.
    lang
        en or zh: the language of the README and of the comments in the scenario.

    Returns
    -------
    Path
        The scenario file.

    Raises
    ------
    UserError
        Where the name is unknown or the folder already holds something.
    """
    known = templates()
    if name not in known:
        raise UserError(_("unknown template '{name}'", name=name), fix=did_you_mean(name, known))
    folder = Path(folder)
    with commit(folder, empty=True) as part:
        shutil.copytree(
            home() / name,
            part,
            ignore=shutil.ignore_patterns("__pycache__", ".*"),
            dirs_exist_ok=True,
        )
        for chinese in part.glob("*.zh.*"):
            if lang == "zh":
                chinese.replace(part / chinese.name.replace(".zh.", "."))
            else:
                chinese.unlink()
    return folder / "scenario.yaml"
