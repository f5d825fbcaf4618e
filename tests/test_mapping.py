"""mapping.yaml beside the data: read, written, and heeded by every door."""

from __future__ import annotations

from pathlib import Path

import pytest

from optimizer.data.mapping.alike import groups
from optimizer.data.mapping.file import mapping_of, read_mapping, write_mapping
from optimizer.data.mapping.model import Mapping
from optimizer.errors import UserError


def test_what_is_written_is_read_and_comments_stay(tmp_path: Path) -> None:
    for name in ("one.csv", "two.csv", "meta_07.csv"):
        (tmp_path / name).touch()
    path = tmp_path / "mapping.yaml"
    path.write_text("# ours\nfiles:\n  'meta_*.csv': {channel: meta}   # all of them\n")
    write_mapping(path, [(("aliases", "douyin"), ["抖音"]), (("files", "one.csv", "year"), 2026)])
    write_mapping(path, [(("aliases", "douyin"), ["抖音", "Douyin"]), (("columns", "spend"), "C")])
    assert "# ours" in path.read_text() and "# all of them" in path.read_text()
    names = (("douyin", ("抖音", "Douyin")),)
    usual = (("spend", "C"),)
    assert mapping_of(tmp_path / "one.csv") == Mapping(
        year=2026, aliases=names, usual_columns=usual
    )
    assert mapping_of(tmp_path / "meta_07.csv").channel == "meta"
    assert mapping_of(tmp_path / "two.csv") == Mapping(aliases=names, usual_columns=usual)
    before = path.read_text()
    with pytest.raises(UserError, match="is no currency"):
        write_mapping(path, [(("currency",), "yuan")])
    assert path.read_text() == before


def test_every_mistake_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "one.csv").touch()
    path = tmp_path / "mapping.yaml"
    path.write_text(
        "colums: {spend: Cost}\ndecimal: ';'\nwords: {tuch: [触达]}\n"
        "aliases: {a: [x], b: [x]}\nfiles:\n  on.csv: {chanel: meta, skip_rows: no}\n"
    )
    with pytest.raises(UserError) as caught:
        read_mapping(path)
    told = [(str(p.where).removeprefix(str(path)), str(p.fix)) for p in caught.value.problems]
    places = [":1:1", ":2:10", ":3:15", ":4:22", ":6:3", ":6:12", ":6:37"]
    assert [where for where, __ in told] == places
    assert "did you mean 'columns'?" in told[0][1] and "did you mean 'touch'?" in told[2][1]
    assert "did you mean 'one.csv'?" in told[4][1] and "did you mean 'channel'?" in told[5][1]


def test_names_that_look_like_one_channel() -> None:
    names = [
        "抖音",
        "douyin",
        "Douyin Feed",
        "巨量千川",
        "Douyin ",
        "ＤＯＵＹＩＮ",
        "小红书",
        "meta",
    ]
    same = ("Douyin ", "douyin", "巨量千川", "抖音", "ＤＯＵＹＩＮ")
    assert groups(names) == [("douyin", tuple(sorted(same)))]
    apart = [["douyin", "巨量千川"], ["抖音", "巨量千川"]]
    ((name, group),) = groups(["抖音", "douyin", "巨量千川"], apart)
    assert (name, set(group)) == ("douyin", {"抖音", "douyin"})
    assert groups(["抖音/feed", "douyin/Feed", "douyin"])[0][1] == ("douyin/Feed", "抖音/feed")
