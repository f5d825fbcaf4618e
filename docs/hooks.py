"""For the site: what lies in the repository outside docs/ is named there, not linked, since the site does not hold it."""

from __future__ import annotations

import posixpath
import re
from typing import Any

LINK = re.compile(r"\[([^\]]+)\]\((\.\./[^)]+)\)")


def on_page_markdown(markdown: str, page: Any, **more: Any) -> str:
    def shown(link: re.Match[str]) -> str:
        place = posixpath.normpath(posixpath.join(posixpath.dirname(page.file.src_uri), link[2]))
        return link[1] if place.startswith("..") else link[0]

    return LINK.sub(shown, markdown)
