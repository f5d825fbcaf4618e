"""The whole job in a browser: a scenario folder, its files, its plan; all of it on disk, where the
command line reads it.

Pages are made on this side (Starlette, Jinja) and work with forms; a script adds dropping files,
progress, and drafts that outlive a reload. Whatever takes long is done in processes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from optimizer.errors import UserError
from optimizer.messages import _
from optimizer.serve import listen

if TYPE_CHECKING:
    from starlette.applications import Starlette


def run(
    folder: Path, lang: str = "en", port: int = 0, ready: Callable[[str], None] = print
) -> None:
    """Serve the studio of a folder until Ctrl-C.

    Parameters
    ----------
    folder
        A scenario folder, an empty one, or one that is to be made.
    lang
        en or zh, the first page's language.
    port, ready
        As for `optimizer.serve.listen`.

    Raises
    ------
    UserError
        Where the folder is none, the extra is not installed, or the port cannot be used.
    """
    place = folder.resolve()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise UserError(
            _("this is not a folder that can be written"), str(folder), _("name another folder")
        ) from None

    def made(token: str, bound: int) -> Starlette:
        from optimizer.studio.app import app  # Starlette is heavy

        return app(place, token, bound)

    listen(made, port, lambda address: ready(f"{address}{lang}/"))
