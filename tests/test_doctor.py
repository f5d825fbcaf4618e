"""The doctor, shell completion, and terminals that cannot print everything."""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from optimizer import doctor
from optimizer.doctor import examine

ROOT = Path(__file__).parent.parent


def optimizer(*words: str, encoding: str = "utf-8", **env: str) -> tuple[int, bytes, bytes]:
    found = subprocess.run(
        [sys.executable, "-m", "optimizer", *words],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": encoding, **env},
    )
    return found.returncode, found.stdout, found.stderr


def test_this_machine_is_fit() -> None:
    found = {str(finding.name): finding for finding in examine()}
    assert {"python", "libraries", "HiGHS", "CBC", "memory", "fonts", "terminal"} <= set(found)
    assert found["HiGHS"].state == "ok"
    assert found["libraries"].state == "ok"
    assert all(finding.fix for finding in found.values() if finding.state != "ok")


def test_a_missing_library_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "duckdb":
            raise importlib.metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    found = doctor._libraries()
    assert (found.state, str(found.detail)) == ("broken", "missing: duckdb")


def test_a_solver_that_answers_wrongly_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import optimizer.allocation.planner as solving

    true = solving.solve

    def lying(problem: Any, **options: Any) -> Any:
        from dataclasses import replace

        plan = true(problem, **options)
        return replace(
            plan,
            lines=tuple(
                replace(line, spend=line.spend * (2 if line.channel == "a" else 0))
                for line in plan.lines
            ),
        )

    monkeypatch.setattr(solving, "solve", lying)
    assert doctor._solver("highs").state == "broken"
    assert doctor._solver("cbc").state == "missing"


def test_no_font_for_chinese_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    import optimizer.report.export as export

    assert export.draws("渠", "渠") is False
    assert export.draws("a", "b") is True
    if Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists():
        assert export.draws("渠", "道") is True
    monkeypatch.setattr(export, "draws", lambda one, other: False)
    assert doctor._fonts().state == "missing"


def test_doctor_command() -> None:
    code, out, _ = optimizer("doctor", "--format", "json")
    assert code == 0
    assert json.loads(out)["fit"] is True
    code, out, _ = optimizer("doctor", "--lang", "zh")
    assert code == 0
    assert "程序需要的都有了" in out.decode()


@pytest.mark.parametrize(
    ("shell", "sign"),
    [
        ("bash", "complete -o nosort"),
        ("zsh", "#compdef optimizer"),
        ("fish", "complete --no-files"),
    ],
)
def test_completion_scripts(shell: str, sign: str) -> None:
    code, out, _ = optimizer("completion", shell)
    assert code == 0
    assert sign in out.decode()


def test_completion_completes() -> None:
    """What the script asks for while somebody types "optimizer com": the commands that begin so."""
    code, out, _ = optimizer(
        _OPTIMIZER_COMPLETE="bash_complete", COMP_WORDS="optimizer com", COMP_CWORD="1"
    )
    assert code == 0
    assert {"plain,compare", "plain,completion"} <= set(out.decode().split())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_gbk_terminal_reads_the_summary(tmp_path: Path, lang: str) -> None:
    """Nothing in the summary is lost on a terminal that speaks GBK: no replacement signs, the yuan as U+FFE5."""
    code, out, err = optimizer(
        "plan", str(ROOT / "scenarios" / "new_brand"), "--no-report", "--lang", lang, encoding="gbk"
    )
    assert code == 0, err
    text = out.decode("gbk")
    assert "￥" in text
    assert "?" not in text


def test_pipes_get_no_colours(tmp_path: Path) -> None:
    for env in ({}, {"NO_COLOR": "1"}, {"TERM": "xterm-256color"}):
        code, out, err = optimizer(
            "plan", str(ROOT / "scenarios" / "new_brand"), "--no-report", **env
        )
        assert code == 0
        assert b"\x1b[" not in out
        assert b"\x1b[" not in err


def test_quiet_and_verbose() -> None:
    brand = str(ROOT / "scenarios" / "new_brand")
    code, out, err = optimizer("plan", brand, "--no-report", "--format", "json", "--quiet")
    assert code == 0
    assert err == b""
    assert json.loads(out)["status"] == "optimal"
    code, out, err = optimizer("plan", brand, "--no-report", "--format", "json", "-v")
    assert code == 0
    assert json.loads(out)["status"] == "optimal", "what is said goes to standard error"
    assert [b" s  " in line for line in err.splitlines()] == [True] * len(err.splitlines())
    assert b"allocating" in err
    code, _, err = optimizer("check", str(ROOT / "scenarios" / "nowhere"), "--quiet")
    assert code == 1
    assert b"error:" in err, "a mistake is still said"


def test_changes_have_colours_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from optimizer.cli.show import table

    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    table(None, ["channel", "change"], [["+a", "+5"], ["b", "-3"], ["c", "-"]], right=[1])
    painted = capsys.readouterr().out
    assert "\x1b[36m" in painted
    assert "\x1b[33m" in painted
    assert painted.count("\x1b[36m") == 1, "a name that begins with + is no change"
    monkeypatch.delenv("FORCE_COLOR")
    table(None, ["channel", "change"], [["a", "+5"]], right=[1])
    assert "\x1b[" not in capsys.readouterr().out
