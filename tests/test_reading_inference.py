"""What a column means is inferred from all its cells: right, or asked about, never silently wrong."""

from __future__ import annotations

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from optimizer.data.engine import Engine, literal
from optimizer.data.importers import Choices, read_exports
from optimizer.data.open import open_events, read_spend
from optimizer.data.reading import cells, usual_cells
from optimizer.data.reading.inference.dates import order_of, order_sql
from optimizer.data.reading.inference.grammar import COUNTED, Tally, grammar_of, tally_sql
from optimizer.errors import UserError

NONE = Tally("")


def put(folder: Path, text: str, name: str = "export.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def answer(path: Path | list[Path], platform: str = "plain_spend", **said: Any) -> Any:
    """The finished table as {column: cells}, or the problems as text."""
    files = path if isinstance(path, list) else [path]
    with read_exports(platform, files, Choices(**said)) as found:
        if found.problems:
            return "\n".join(map(str, found.problems))
        return found.frame().to_dict("list")


def days(*amounts: str, head: str = "date;channel;spend") -> str:
    rows = [f"2026-06-{i:02d};meta;{amount}" for i, amount in enumerate(amounts, 1)]
    return "\n".join([head, *rows]) + "\n"


# --- numbers: one grammar per column -------------------------------------------------------------
GROUPS = {".": [",", "", "'", " ", "\u00a0"], ",": [".", "", "'", " ", "\u202f"]}
DRESSES = ["{}", "￥{}", "$ {}", "{} €", "Rs {}", "RM{}", "{}元", "US${}", "£{}", "USD {}"]


def written(value: Decimal, mark: str, group: str, places: int | None, dress: str) -> str:
    """A number as somebody writes it."""
    whole, __, rest = (
        f"{abs(value):.{places}f}".partition(".")
        if places is not None
        else (f"{abs(value).normalize():f}".partition("."))
    )
    parts = []
    while len(whole) > 3:
        whole, parts = whole[:-3], [whole[-3:], *parts]
    text = group.join([whole, *parts]) + (mark + rest if rest else "")
    dressed = dress.format(text)
    return dressed if value >= 0 else f"({dressed})"


def columns_of_numbers(rng: random.Random) -> list[tuple[str, str, Decimal]]:
    """(column, cell, its value) of many columns, each in one way to write."""
    out = []
    for column in range(600):
        mark = rng.choice(".,")
        group, dress = rng.choice(GROUPS[mark]), rng.choice(DRESSES)
        # money with its sign is shown with two decimals or none
        places = rng.choice([0, 1, 2, 2, 2, 3, 4, None] if dress == "{}" else [0, 2])
        scale = Decimal(10) ** -(rng.choice([1, 2, 4]) if places is None else places)
        for _row in range(rng.randrange(1, 9)):
            value = Decimal(rng.randrange(0, 10 ** rng.randrange(1, 10))) * scale
            value = -value if value and rng.random() < 0.1 else value
            out.append((f"c{column}", written(value, mark, group, places, dress), value))
        if dress == "{}" and mark == "." and rng.random() < 0.2:
            value = Decimal(rng.randrange(1, 999)) / 10
            out.append((f"c{column}", f"{value}万", value * 10_000))
    return out


def test_numbers_in_every_grammar_are_read_exactly_or_asked_about() -> None:
    engine = Engine()
    cells.prepare(engine)
    rows = columns_of_numbers(random.Random(20260601))
    values = ", ".join(f"('{c}', {literal(t)}, {v}::DECIMAL(18,6))" for c, t, v in rows)
    engine.run(f"CREATE TABLE t AS SELECT * FROM (VALUES {values}) AS x(c, t, truth)")
    quick, usual = usual_cells.usual("money", "t", "v", False) or ("", "")
    engine.run(
        f"CREATE TABLE r AS SELECT *, CASE WHEN {usual} THEN v ELSE {cells.number('t')} END AS p,"
        f" CASE WHEN {usual} THEN v ELSE {cells.number('t', mark=',')} END AS k"
        f" FROM (SELECT *, {quick} AS v FROM t)"
    )
    wrong = engine.rows(
        "SELECT c, count(*) FILTER (p IS DISTINCT FROM truth),"
        f" count(*) FILTER (k IS DISTINCT FROM truth), {', '.join(tally_sql('t'))} FROM r GROUP BY c"
    )
    silent, asked, read = [], 0, 0
    for column, by_point, by_comma, *counts in wrong:
        own = Tally("money", dict(zip(COUNTED, map(int, counts), strict=True)))
        mark = grammar_of(own, NONE, False, None).mark
        if mark is None:
            asked += 1
        elif by_point if mark == "." else by_comma:
            silent.append((column, mark))
        else:
            read += 1
    cases = {column: [t for c, t, __ in rows if c == column] for column, __ in silent}
    assert not cases
    assert read > 5 * asked  # a question is the exception


CASES: dict[str, tuple[list[str], list[float] | None]] = {
    "thousands with points beside decimals": (["1.234,56", "1.500"], [1234.56, 1500]),
    "thousands with points, whole": (["1.500", "980", "2.250"], [1500, 980, 2250]),
    "a comma that can be no thousands": (["0,125", "1,250"], [0.125, 1.25]),
    "spaces and a comma": (["1 234,56", "12"], [1234.56, 12]),
    "Swiss": (["1'234.50", "7.00"], [1234.5, 7]),
    "rupees in lakhs": (["Rs 1,23,456.50", "Rs 5"], [123456.5, 5]),
    "ringgit": (["RM1,500", "RM 1.50"], [1500, 1.5]),
    "dollars without cents": (["$1,500", "$987"], [1500, 987]),
    "three decimals beside others": (["1.234", "12.5"], [1.234, 12.5]),
    "euros behind": (["12,5 €", "1.250 €"], [12.5, 1250]),
    "either": (["1.500", "2.000"], None),
    "either with commas": (["1,234", "2,345"], None),
    "both": (["12.5", "12,5"], None),
}


@pytest.mark.parametrize("name", sorted(CASES))
def test_amounts_are_imported_and_planned_on_alike(name: str, tmp_path: Path) -> None:
    amounts, right = CASES[name]
    path = put(tmp_path, days(*amounts))
    got = answer(path)
    if right is None:
        assert "--decimal" in got
        with pytest.raises(UserError, match="--decimal"):
            read_spend(str(path))
    else:
        assert got["spend"] == right
        assert read_spend(str(path)).frame["spend"].tolist() == right


def test_counted_things_tell_how_the_file_writes(tmp_path: Path) -> None:
    # nobody writes impressions with decimals: 12.000 are thousands, so 1.500 are too
    text = "date;channel;spend;impressions\n01.06.2026;Meta;1.500;12.000\n02.06.2026;Meta;2.000;15.000\n"
    got = answer(put(tmp_path, text))
    assert (got["spend"], got["exposures"]) == ([1500, 2000], [12000, 15000])
    assert got["period"] == ["2026-06-01", "2026-06-02"]


def test_a_doubtful_column_is_settled_by_a_word(tmp_path: Path) -> None:
    path = put(tmp_path, days("1.500", "2.000"))
    assert answer(path, decimal=",")["spend"] == [1500, 2000]
    assert answer(path, decimal=".")["spend"] == [1.5, 2]


def test_the_evidence_says_how_many_cells_decide(tmp_path: Path) -> None:
    path = put(tmp_path, days("1.234,56", "1.500", "7"))
    with read_exports("plain_spend", [path]) as found:
        told = {i.what: (str(i.reading), i.cells) for i in found.inferred}
        assert told == {"numbers": ("1.234,56", 2), "periods": ("day", 3)}
        (line,) = found.sums
        assert str(line.text) == f"{path}: spend 2,741.56, 3 days, 1 channel"


def test_micros_are_millionths(tmp_path: Path) -> None:
    text = "date,channel,cost_micros\n2026-06-01,google,1234560000\n2026-06-02,google,1000000000\n"
    assert answer(put(tmp_path, text))["spend"] == [1234.56, 1000]


# --- the order of rows ---------------------------------------------------------------------------
@pytest.fixture(scope="module")
def doubled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders in some 10 MB, the first and the last of one number: large enough to be read in
    parallel.
    """
    folder = tmp_path_factory.mktemp("rows")
    head = "订单编号,买家会员名,买家应付货款,买家实际支付金额,订单状态,订单创建时间,订单付款时间,宝贝标题,退款金额\n"

    def row(i: int, value: str, day: int) -> str:
        when = f"2026-01-{day:02d} 10:00:00,2026-01-{day:02d} 10:05:00"
        return f"3000000000{i:08d},buyer{i % 5000},{value},{value},交易成功,{when},{'秋冬新款' * 5},无退款申请\n"

    body = "".join(row(i, "10.00", 1 + i % 28) for i in range(1, 60_000))
    return put(folder, head + row(0, "1.00", 1) + body + row(0, "2.00", 28))


@pytest.mark.parametrize(("which", "right"), [("first", 1.0), ("last", 2.0)])
def test_the_first_and_the_last_row_are_the_file_s(doubled: Path, which: str, right: float) -> None:
    with read_exports("tmall_orders", [doubled], Choices(duplicates=which)) as found:
        frame = found.frame()
    assert frame.loc[frame["order_id"] == "300000000000000000", "value"].tolist() == [right]
    ids = frame["order_id"].tolist()
    assert ids[1:-1] == sorted(ids[1:-1])  # in the file's order


# --- totals --------------------------------------------------------------------------------------
SUBTOTALS = """周,渠道,花费
2026-06-01,抖音信息流,100
2026-06-01,抖音千川,200
2026-06-01,抖音小计,300
2026-06-01,小红书聚光,50
2026-06-01,小红书合计,50
2026-06-01,总 计,350
"""


def test_rows_that_add_others_up_are_left_out(tmp_path: Path) -> None:
    path = put(tmp_path, SUBTOTALS)
    assert sum(answer(path)["spend"]) == 350
    assert read_spend(str(path)).frame["spend"].sum() == 350


def test_a_totals_row_without_a_word_lacks_its_day(tmp_path: Path) -> None:
    path = put(
        tmp_path, "day,channel,spend,clicks\n,,100.00,90\n2026-06-01,a,40,40\n2026-06-02,a,60,50\n"
    )
    assert answer(path)["spend"] == [40, 60]
    assert read_spend(str(path)).frame["spend"].sum() == 100
    # one that equals no sum is a row without a day
    path = put(
        tmp_path, "day,channel,spend,clicks\n,,99,90\n2026-06-01,a,40,40\n2026-06-02,a,60,50\n"
    )
    assert "row 2, column 'day'" in answer(path)


def test_a_word_alone_decides_nothing(tmp_path: Path) -> None:
    events = put(
        tmp_path,
        "user_id,timestamp,event,brand,channel,value\n"
        "u1,2026-06-01 10:00:00,touch,acme,meta,\nu1,2026-06-01 11:00:00,purchase,total,,500\n"
        "u2,2026-06-01 10:00:00,touch,acme,meta,\nu2,2026-06-01 12:00:00,purchase,acme,,50\n",
    )
    with read_exports("plain_events", [events]) as found:
        assert found.frame()["value"].sum() == 550
    opened = open_events(str(events))
    assert opened.query(f"SELECT sum(value) AS v FROM {opened.table}")["v"][0] == 550
    named = put(
        tmp_path,
        "day,channel,spend\n2026-06-01,Total,70\n2026-06-02,meta,50\n2026-06-03,tv,20\n2026-06-03,x,1\n",
    )
    assert "row 2: this row is called a total" in answer(named)
    assert answer(named, totals="keep")["channel"] == ["Total", "meta", "tv", "x"]
    assert answer(named, totals="out")["channel"] == ["meta", "tv", "x"]


# --- currencies ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("platform", "text"),
    [
        ("plain_spend", "date,channel,cost,currency\n2026-06-01,meta,100,USD\n2026-06-01,douyin,700,CNY\n"),
        ("plain_orders", "order_id,customer_id,date,total,currency\n1,a,2026-06-01,100,usd\n2,b,2026-06-01,15000,JPY\n"),
        ("plain_spend", "date,channel,cost\n2026-06-01,meta,$100\n2026-06-01,x,€90\n"),
        ("plain_spend", "date,channel,cost (EUR)\n2026-06-01,meta,$100\n"),
    ],
)  # fmt: skip
def test_two_currencies_are_a_question(platform: str, text: str, tmp_path: Path) -> None:
    assert "several currencies" in answer(put(tmp_path, text), platform)


def test_files_of_two_currencies_are_a_question(tmp_path: Path) -> None:
    one = put(tmp_path, "date,channel,cost\n2026-06-01,meta,$100\n", "one.csv")
    two = put(tmp_path, "date,channel,cost,币种\n2026-06-01,douyin,700,人民币\n", "two.csv")
    assert "several currencies: CNY, USD" in answer([one, two])


# --- time ----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "said", "right"),
    [
        ("Jun 01, 2026", {}, "2026-06-01"),
        ("1 June 2026", {}, "2026-06-01"),
        ("Mon, Jun 1", {"year": 2026}, "2026-06-01"),
        ("Mon, Jun 1", {"year": 2025}, None),  # a Sunday
        ("Mon, Jun 1", {}, None),
        ("13/08/2026", {}, "2026-08-13"),
        ("08/13/2026", {}, "2026-08-13"),
        ("08/09/2026", {}, None),
        ("08.09.2026", {}, "2026-09-08"),
        ("2024年第5周", {}, "2024-01-29"),
        ("2026-06-01 ~ 2026-06-07", {}, "2026-06-01"),
        ("2026-06-01至2026-06-30", {}, "2026-06"),
        ("2026-06-01 ~ 2026-06-09", {}, None),
        ("June 2026", {}, "2026-06"),
    ],
)
def test_days_are_read_or_asked_about(
    cell: str, said: dict[str, Any], right: str | None, tmp_path: Path
) -> None:
    got = answer(put(tmp_path, f'date,channel,spend\n"{cell}",x,1\n'), **said)
    assert "column 'date'" in got if right is None else got["period"] == [right]


def test_one_day_settles_the_column(tmp_path: Path) -> None:
    text = "date,channel,spend\n03/08/2026,x,1\n13/08/2026,x,2\n"
    path = put(tmp_path, text)
    assert answer(path)["period"] == ["2026-08-03", "2026-08-13"]
    assert read_spend(str(path)).frame["period"].dt.day.tolist() == [3, 13]


def test_counts_of_orders_of_days() -> None:
    engine = Engine()
    cells.prepare(engine)
    sql = f"SELECT {', '.join(order_sql('t'))} FROM (VALUES ('13/8/2026'), ('1/2/2026')) AS x(t)"
    order = order_of(engine.rows(sql)[0])
    assert (order.order, order.cells) == ("dmy", 1)


def test_days_beside_their_month_are_a_question(tmp_path: Path) -> None:
    daily = put(tmp_path, days("100", "110", "120").replace(";", ","), "days.csv")
    month = put(tmp_path, "month,channel,cost\n2026-06,meta,330\n", "month.csv")
    assert "would count twice" in answer([daily, month])
    assert answer(month)["period"] == ["2026-06"]
    assert read_spend(str(month)).period == "month"


# --- workbooks -----------------------------------------------------------------------------------
HEAD = ("日期", "渠道", "花费", "点击量")


def book(path: Path, sheets: dict[str, list[tuple[Any, ...]]], hidden: str = "") -> Path:
    openpyxl = pytest.importorskip("openpyxl")
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in (HEAD, *rows):
            sheet.append(row)
        for cell in (cell for row in sheet.iter_rows() for cell in row if cell.value == "#REF!"):
            cell.data_type = "e"
        sheet.sheet_state = "hidden" if name == hidden else "visible"
    made.save(path)
    return path


def test_a_hidden_sheet_is_asked_about(tmp_path: Path) -> None:
    rows = {"当前": [("2026-06-01", "抖音", 100, 10)], "草稿": [("2026-06-09", "抖音", 99999, 9)]}
    path = book(tmp_path / "b.xlsx", rows, "草稿")
    assert "草稿: this sheet is hidden" in answer(path)
    assert answer(path, sheets=("当前",))["spend"] == [100]
    assert sum(answer(path, sheets=("当前", "草稿"))["spend"]) == 100099
    assert "did you mean '当前'" in answer(path, sheets=("当前1",))


@pytest.mark.parametrize("name", ["周汇总", "第二页"])
def test_a_sheet_that_adds_another_up_is_asked_about(name: str, tmp_path: Path) -> None:
    detail = [("2026-06-01", "抖音", 100, 10), ("2026-06-02", "抖音", 120, 10)]
    rows = {"明细": detail, name: [("2026-06-01", "全部渠道", 220, 20)]}
    path = book(tmp_path / "b.xlsx", rows)
    assert f"{name}: this sheet" in answer(path)
    assert sum(answer(path, sheets=("明细",))["spend"]) == 220


def test_an_error_in_a_cell_is_named(tmp_path: Path) -> None:
    rows = {"Sheet": [("2026-06-01", "抖音", "#REF!", 10), ("2026-06-02", "抖音", 100, 10)]}
    told = answer(book(tmp_path / "b.xlsx", rows))
    assert "row 2, column '花费'" in told
    assert "#REF!" in told


def rewritten(path: Path, changes: dict[str, list[tuple[str, str]]]) -> Path:
    """The workbook, with patterns in the files inside it replaced."""
    import re
    import zipfile

    with zipfile.ZipFile(path) as archive:
        inside = {name: archive.read(name).decode() for name in archive.namelist()}
    for name, pairs in changes.items():
        for old, new in pairs:
            inside[name], times = re.subn(old, new, inside[name])
            assert times, old
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in inside.items():
            archive.writestr(name, text)
    return path


SHEET_1 = "xl/worksheets/sheet1.xml"


def test_an_error_of_a_shared_formula_is_not_the_number_beside_it(tmp_path: Path) -> None:
    rows = {"Sheet": [("2026-06-01", "抖音", "#REF!", 10), ("2026-06-02", "抖音", 100, 10)]}
    path = rewritten(
        book(tmp_path / "b.xlsx", rows),
        {
            SHEET_1: [
                ("<v>#REF!</v>", '<f t="shared" si="0"/><v>#REF!</v>'),
                ("<v>10</v>", "<f>5+5</f><v>10</v>"),
            ]
        },
    )
    told = answer(path)
    assert "row 2, column '花费'" in told
    assert "#REF!" in told


def test_an_error_is_named_however_the_file_is_written(tmp_path: Path) -> None:
    rows = {"a&b": [("2026-06-01", "抖音", "#REF!", 10), ("2026-06-02", "抖音", 100, 10)]}
    path = rewritten(
        book(tmp_path / "b.xlsx", rows),
        {
            SHEET_1: [
                (r"<(/?)(worksheet|sheetData|row|c|v|is|t)(?=[ >/])", r"<\1x:\2"),
                (r"xmlns=", "xmlns:x="),
                (r'r="(\w+)" (t="e")', r'\2 r="\1"'),
            ],
            "xl/workbook.xml": [("a&amp;b", "a&#38;b")],
        },
    )
    told = answer(path)
    assert "row 2, column '花费'" in told
    assert "#REF!" in told


def test_a_number_of_a_workbook_is_no_doubt(tmp_path: Path) -> None:
    rows = {"Sheet": [("2026-06-01", "抖音", 1.234, 10), ("2026-06-02", "抖音", 2.345, 10)]}
    assert answer(book(tmp_path / "b.xlsx", rows))["spend"] == [1.234, 2.345]


ODS = """<?xml version="1.0"?><office:document-content office:version="1.2"
xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="S">{rows}</table:table>
</office:spreadsheet></office:body></office:document-content>"""
MANIFEST = """<?xml version="1.0"?>
<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"""


def test_an_open_document_is_a_workbook(tmp_path: Path) -> None:
    import zipfile

    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    table = [("date", "channel", "spend"), ("2026-06-01", "meta", "100.5")]
    rows = "".join(
        f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in table
    )
    path = tmp_path / "book.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", ODS.format(rows=rows))
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    assert answer(path)["spend"] == [100.5]


def test_a_readme_in_an_archive_is_left_aside(tmp_path: Path) -> None:
    import zipfile

    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("daily.csv", "date,channel,spend\n2026-06-01,meta,100.5\n")
        archive.writestr("README.txt", "How to read this, please\n")
        archive.writestr("about.pdf", "%PDF-1.4")
    assert answer(path)["spend"] == [100.5]


# --- orders --------------------------------------------------------------------------------------
def test_invoice_lines_are_quantity_times_price(tmp_path: Path) -> None:
    text = (
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID\n"
        "536365,85123A,6,2010-12-01 08:26:00,2.55,17850\n536365,71053,2,2010-12-01 08:26:00,3.39,17850\n"
        "C536379,D,-1,2010-12-01 09:41:00,27.50,14527\n536414,22139,5,2010-12-01 11:52:00,4.25,\n"
    )  # fmt: skip
    path = put(tmp_path, text)
    got = answer(path, "auto")
    assert got["value"] == pytest.approx([15.30, 6.78, -27.50, 21.25])
    with read_exports("auto", [path]) as found:
        (line,) = found.sums
        assert (line.rows, line.customers, line.amount) == (2, 2, pytest.approx(15.83))


def test_guests_are_orders_of_no_customer(tmp_path: Path) -> None:
    from optimizer.customers.new_by_day import new_by_day
    from optimizer.customers.orders import read_orders

    text = "InvoiceNo,CustomerID,InvoiceDate,Amount\n1,17850,2011-06-01,10\n2,,2011-06-02,20\n"
    orders = read_orders(put(tmp_path, text))
    assert orders.frame["value"].tolist() == [10]
    assert any("1 rows of orders have no customer" in str(note) for note in orders.notes)
    totals = new_by_day(orders)
    assert totals.orders is not None
    assert totals.revenue is not None
    assert (totals.orders.sum(), totals.revenue.sum()) == (2, 30)
    assert totals.new_customers.sum() == 1


def test_an_order_s_value_on_every_row_is_a_question(tmp_path: Path) -> None:
    head = "order_id,customer_id,date,total\n"
    path = put(tmp_path, head + "1,a,2026-06-01,55\n1,a,2026-06-01,55\n2,b,2026-06-02,30\n")
    assert "--lines order" in answer(path, "plain_orders")
    assert sum(answer(path, "plain_orders", lines="order")["value"]) == 85
    assert sum(answer(path, "plain_orders", lines="line")["value"]) == 140
    # orders whose rows differ say that rows are lines
    more = head + "1,a,2026-06-01,55\n1,a,2026-06-01,55\n2,b,2026-06-02,30\n2,b,2026-06-02,31\n"
    assert sum(answer(put(tmp_path, more), "plain_orders")["value"]) == 171
