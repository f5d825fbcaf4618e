"""Bounded memory: what does not fit is spilled, what cannot be done is a message, and nothing is left behind."""

from __future__ import annotations

import gc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from optimizer.data.engine import Engine, Limits
from optimizer.data.open import open_events
from optimizer.errors import UserError
from optimizer.journeys.counting import count


def crowd(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "user_id": rng.integers(0, rows // 5, rows),
            "timestamp": pd.Timestamp("2026-01-01")
            + pd.to_timedelta(rng.integers(0, 7_776_000, rows), unit="s"),
            "channel": pd.Categorical.from_codes(
                rng.integers(0, 30, rows), [f"c{i:02d}" for i in range(30)]
            ),
            "event": pd.Categorical.from_codes(
                (rng.random(rows) < 0.05).astype(int), ["touch", "purchase"]
            ),
        }
    )


def test_a_small_memory_gives_the_same_counts(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    crowd(800_000).to_parquet(file)
    roomy = count(open_events(file, engine=Engine(Limits(threads=2))), {"linear": "1.0 / n"}, (2,))
    spill = tmp_path / "spill"
    spill.mkdir()
    engine = Engine(Limits(memory="60MB", threads=2, spill=str(spill)))
    small = count(open_events(file, engine=engine), {"linear": "1.0 / n"}, (2,))
    assert small.credit["linear"][0].tobytes() == roomy.credit["linear"][0].tobytes()
    assert small.chains[2].moves.tobytes() == roomy.chains[2].moves.tobytes()
    (folder,) = spill.iterdir()
    engine.close()
    assert not folder.exists()
    # The disk was needed: without it the same memory is too little.
    bare = Engine(Limits(memory="60MB", threads=2))
    bare.run("SET max_temp_directory_size = '1MB'")
    with pytest.raises(UserError, match="not enough memory"):
        count(open_events(file, engine=bare), {"linear": "1.0 / n"}, (2,))


def test_too_little_memory_is_a_message(tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    crowd(200_000).to_parquet(file)
    with pytest.raises(UserError, match="not enough memory") as caught:
        count(open_events(file, engine=Engine(Limits(memory="3MB", threads=2))))
    assert "OPTIMIZER_MEMORY" in str(caught.value)


def test_an_engine_that_is_forgotten_leaves_nothing(tmp_path: Path) -> None:
    engine = Engine(Limits(spill=str(tmp_path)))
    assert len(list(tmp_path.iterdir())) == 1
    del engine
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_limits_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPTIMIZER_MEMORY", "123MB")
    monkeypatch.setenv("OPTIMIZER_THREADS", "1")
    monkeypatch.setenv("OPTIMIZER_SPILL", str(tmp_path))
    engine = Engine()
    assert engine.rows("SELECT current_setting('memory_limit'), current_setting('threads')") == [
        ("117.3 MiB", 1)
    ]
    assert Path(engine.folder).parent == tmp_path
    for name, value in (
        ("OPTIMIZER_THREADS", "0"),
        ("OPTIMIZER_THREADS", "many"),
        ("OPTIMIZER_MEMORY", "lots"),
        ("OPTIMIZER_SPILL", str(tmp_path / "nowhere")),
    ):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            with pytest.raises(UserError):
                Engine()
