"""Charts as files, the plan as a workbook, `.plot()` and rich display."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from report_worlds import CHANNELS, NASTY, attribution, impossible, world

from optimizer.report.export import file_names, write_charts
from optimizer.report.workbook import write_workbook


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("charts")
    write_charts(world(CHANNELS[:3], periods=3), folder, "zh")
    return folder


def test_every_chart_as_png_and_svg(charts: Path) -> None:
    names = {p.stem for p in charts.iterdir()} - {"charts.run"}
    assert names == {
        "plan",
        "waterfall",
        "truth",
        "frontier",
        "calendar",
        "baselines",
        "models",
        "journey",
        "steps",
        "curve-xiaohongshu-koc",
        "curve-xiaohongshu-waist",
        "curve-douyin-feed",
    }
    for name in names:
        assert (charts / f"{name}.png").read_bytes().startswith(b"\x89PNG\r\n")
        picture = (charts / f"{name}.svg").read_text(encoding="utf-8")
        assert picture.startswith("<svg")
        assert "var(--" not in picture, "a colour that only the page knows"


def test_pictures_speak_chinese(charts: Path) -> None:
    assert "方案" in (charts / "plan.svg").read_text(encoding="utf-8")
    assert re.search("¥[0-9.]+万", (charts / "plan.svg").read_text(encoding="utf-8"))


def test_same_charts_same_bytes(charts: Path, tmp_path: Path) -> None:
    write_charts(world(CHANNELS[:3], periods=3), tmp_path, "zh")
    for file in charts.iterdir():
        assert file.read_bytes() == (tmp_path / file.name).read_bytes(), file.name


def test_file_names_are_safe_and_differ() -> None:
    assert file_names(
        ["plan", "plan", "curve a/b", "curve a\\b", "../../etc/passwd", "", "小红书/达人", "."]
    ) == [
        "plan",
        "plan-2",
        "curve-a-b",
        "curve-a-b-2",
        "etc-passwd",
        "chart",
        "小红书-达人",
        "chart-2",
    ]


def test_workbook_names_are_text(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    file = write_workbook(world(NASTY), tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(file)
    cells = [
        cell
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    ]
    assert len(cells) > 300
    assert all(cell.data_type != "f" for cell in cells), "a formula"
    assert all(cell.hyperlink is None for cell in cells)
    names = {row[0].value for row in book.worksheets[1].iter_rows(min_row=2)}
    assert '=HYPERLINK("http://evil","x")' in names
    assert "<img src=x onerror=alert(1)>" in names
    assert "n" * 200 in names
    first = next(book.worksheets[1].iter_rows(min_row=2))
    assert isinstance(first[2].value, int | float), "numbers stay numbers"


def test_workbook_same_bytes_and_no_plan(tmp_path: Path) -> None:
    one, two = (
        write_workbook(world(), tmp_path / "a.xlsx", "zh"),
        write_workbook(world(), tmp_path / "b.xlsx", "zh"),
    )
    assert one.read_bytes() == two.read_bytes()
    assert write_workbook(impossible(), tmp_path / "c.xlsx").stat().st_size > 0


def test_results_plot_themselves() -> None:
    import altair

    made = world()
    assert isinstance(made.plan.plot(lang="zh"), altair.LayerChart)
    assert isinstance(
        made.responses["taobao/search"].curve.plot(now=3000.0, plan=5000.0), altair.LayerChart
    )
    chart = attribution().plot(model="shapley")
    assert isinstance(chart, altair.LayerChart)
    assert '"chosen": true' in chart.to_json() or any(
        row.get("chosen") for row in chart.to_dict()["data"]["values"]
    )
    with pytest.raises(ValueError, match="no plan meets its rules"):
        impossible().plan.plot()


def test_plots_save_without_a_browser(tmp_path: Path) -> None:
    attribution().plot().save(str(tmp_path / "credit.svg"))
    assert (tmp_path / "credit.svg").read_text(encoding="utf-8").startswith("<svg")


def test_notebooks_show_tables() -> None:
    plan = world(NASTY).plan._repr_html_()
    assert plan is not None
    assert plan.count("<tr>") == len(NASTY) + 2
    assert "<img" not in plan
    credit = attribution()._repr_html_()
    assert credit is not None
    assert "Lifecycle" in credit
    assert "No plan meets these rules." in str(impossible().plan._repr_html_())


def values(chart: Any) -> list[dict[str, Any]]:
    """The rows a chart draws."""
    spec = chart.to_dict()
    rows: list[dict[str, Any]] = (
        spec["data"].get("values") or spec["datasets"][spec["data"]["name"]]
    )
    return rows


def test_more_results_plot_themselves() -> None:
    import pandas as pd

    from optimizer.customers.funnel import Funnel
    from optimizer.customers.rfm import rfm

    rows = values(attribution()["lifecycle"].plot(lang="zh"))
    assert rows[-1]["name"] == "自然（无付费触点）"
    assert [row["value"] for row in rows[:-1]] == sorted(
        (row["value"] for row in rows[:-1]), reverse=True
    )
    stages = pd.DataFrame(
        [
            {"stage": "awareness", "people": 1000, "rate": None},
            {"stage": "interest", "people": 250, "rate": 0.25},
        ]
    ).astype(object)
    drawn = values(Funnel(stages.where(stages.notna(), None)).plot())
    assert [(row["name"], row["text"]) for row in drawn] == [
        ("Awareness", "1,000"),
        ("Interest", "250 (25%)"),
    ]
    orders = pd.DataFrame(
        {
            "user_id": [f"u{i % 30}" for i in range(60)],
            "timestamp": pd.date_range("2026-01-01", periods=60, freq="D"),
            "value": [50.0 + i for i in range(60)],
            "order_id": [str(i) for i in range(60)],
        }
    )
    found = rfm(orders)
    bars = values(found.plot(lang="zh"))
    assert sum(row["value"] for row in bars) == 30
    assert "金额占" in bars[0]["text"]


@pytest.mark.parametrize("names", [CHANNELS[:3], NASTY])
def test_a_finished_report_draws_the_same_charts(
    names: tuple[str, ...], tmp_path: Path, optimizer: Any
) -> None:
    """From its page alone, to the byte what the outcome draws."""
    from optimizer import report

    made = world(names, periods=3)
    report.write(made, tmp_path / "done", "zh")
    write_charts(made, tmp_path / "one", "zh")
    ran = optimizer("report", tmp_path / "done", "--charts", tmp_path / "two")
    assert ran.code == 0, ran.err
    assert len(ran.out.splitlines()) == len(list((tmp_path / "one").iterdir())) >= 20
    for file in (tmp_path / "one").iterdir():
        if file.suffix != ".json":  # the record of the run that drew them
            assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes(), file.name


def test_a_finished_report_says_what_it_cannot_do(tmp_path: Path, optimizer: Any) -> None:
    from optimizer import report

    report.write(world(CHANNELS[:2]), tmp_path / "done")
    for words in ([], ["--workbook", tmp_path / "x.xlsx", "--charts", tmp_path / "c"]):
        ran = optimizer("report", tmp_path / "done", *words)
        assert ran.code == 1
        assert "holds a finished report" in ran.err
        assert "optimizer plan scenarios/growing_brand" in ran.err
    report.write(impossible(), tmp_path / "none")
    assert "no charts" in optimizer("report", tmp_path / "none", "--charts", tmp_path / "c").err


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"data":{"values"', '"data":{"url":"http://example.invalid/x.json","values"'),
        ('"mark":"bar"', '"mark":"image"'),
        ('<path class="ribbon"', '<image href="file:///etc/passwd"/><path class="ribbon"'),
        ('"charts":[', '"charts":[1,'),
    ],
)
def test_a_page_that_would_fetch_something_is_refused(
    old: str, new: str, tmp_path: Path, optimizer: Any
) -> None:
    from optimizer import report

    report.write(world(CHANNELS[:2]), tmp_path)
    page = tmp_path / "report.html"
    text = page.read_text(encoding="utf-8")
    if old not in text:
        old, new = '"type":"bar"', '"type":"image"'
    assert old in text
    page.write_text(text.replace(old, new), encoding="utf-8")
    ran = optimizer("report", tmp_path, "--charts", tmp_path / "c")
    assert ran.code == 1
    assert "cannot be read" in ran.err
    assert not (tmp_path / "c").exists()
