"""A scenario of fifteen channels with stated curves, for the what-if's tests and benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np

CHANNELS = (
    "xiaohongshu/koc",
    "xiaohongshu/waist",
    "xiaohongshu/head",
    "douyin/feed",
    "douyin/koc",
    "douyin/head",
    "bilibili/waist",
    "weibo/feed",
    "taobao/search",
    "jd/search",
    "baidu",
    "google",
    "wechat_oa",
    "wecom",
    "community",
)


def write_scenario(folder: Path, channels: tuple[str, ...] = CHANNELS) -> Path:
    """A folder with a scenario.yaml; comments in it must survive a rewrite."""
    rng = np.random.default_rng(5)
    lines = [
        "# what we believe",
        "name: Fifteen",
        "currency: CNY",
        "period: week",
        "horizon: 8",
        "budget: 400000   # all of it",
        "goal: customers",
        "value_per_customer: 168",
        "channels:",
    ]
    for name in channels:
        ceiling, half = int(rng.integers(300, 3000)), int(rng.integers(8, 80)) * 1000
        quoted = "'" + name.replace("'", "''") + "'"
        lines += [
            f"  {quoted}:",
            f"    curve: {{saturating: {{ceiling: {ceiling}, half_spend: {half}}}}}",
            f"    current: {int(rng.integers(5, 40)) * 1000}",
        ]
    lines += [
        f"    max: 90000   # {channels[-1]}".replace("\n", " "),
        "rules:",
        "  - {max_cac: 60}",
        "  - {min_share: 0.2, of: " + channels[0].split("/")[0] + "}",
        "  - {max_channels: 15}",
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "scenario.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder
