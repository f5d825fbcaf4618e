"""Single words and short phrases that stand in a slot of a message (`{kind:words}`), or head a column."""

from __future__ import annotations

MESSAGES = {
    # periods
    "day": "天",
    "week": "周",
    "month": "月",
    "before": "之前",
    "from": "之后",
    "day/month/year": "日/月/年",
    "month/day/year": "月/日/年",
    # what can be named
    "rule": "规则",
    "goal": "目标",
    "curve": "曲线",
    "importer": "导入器",
    "world": "模拟世界",
    # cells
    "number": "数字",
    "time": "时间",
    "empty": "空",
    "nothing": "空值",
    "totals": "合计行",
    "footnote": "脚注",
    "seconds": "秒",
    "microseconds": "微秒",
}
