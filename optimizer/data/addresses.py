"""Database addresses in words that may be shared: without their passwords."""

from __future__ import annotations

import re


def hidden(text: str) -> str:
    """Text with the password of every address in it left out.

    >>> hidden("data: postgres://me:s3cret@host/db::events")
    'data: postgres://me:***@host/db::events'
    """
    return re.sub(r"(\w://[^\s:/@]*):[^\s/]*@", r"\1:***@", text)
