"""What the tests share is made once, whoever asks first."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sharing import made_once


def test_one_makes_it_and_each_has_a_copy(tmp_path: Path) -> None:
    made: list[int] = []

    def make() -> dict[str, int]:
        made.append(1)
        return {"n": len(made)}

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: made_once(tmp_path, "one", make), range(8)))
    assert made == [1]
    assert found == [{"n": 1}] * 8
    assert found[0] is not found[1]


def test_what_failed_is_made_again(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        made_once(tmp_path, "one", lambda: 1 // 0)
    assert made_once(tmp_path, "one", lambda: 7) == 7
    assert [file.name for file in tmp_path.iterdir()] == ["one.pickle"]
