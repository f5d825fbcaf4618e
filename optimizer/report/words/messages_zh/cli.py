"""Messages in Chinese: the command line, the what-if page, doctor, simulate. See `optimizer.report.words.messages`."""

from __future__ import annotations

MESSAGES = {
    # cli.app
    "no command '{args}'; {args2:words}": "没有命令“{args}”；{args2}",
    "error: {error}": "错误：{error}",
    # cli.attribute
    "--by takes one --order": "--by 只接受一个 --order",
    "{file}: {rows} rows of {label}": "{file}：{label} 的 {rows} 行",
    "'{text}' is no order; write 1, 2, ..., 1,2,3 or auto": "“{text}”不是阶数；写 1、2、…、1,2,3 或 auto",
    "--calibrate takes one file, or one or more CHANNEL=MULTIPLIER": "--calibrate 接受一个文件，或一个或多个 CHANNEL=MULTIPLIER",
    "'{text}' is no file, and no CHANNEL=MULTIPLIER such as meta=0.7": "“{text}”既不是文件，也不是 CHANNEL=MULTIPLIER 的形式（如 meta=0.7）",
    "'{name}' is given twice": "“{name}”写了两次",
    "--difference needs --calibrate": "--difference 要与 --calibrate 一起用",
    # cli.attribution_tables
    "channel": "渠道",
    "conversions": "转化",
    "share": "份额",
    "value": "价值",
    "removal effect": "移除效应",
    "90 % interval": "90% 区间",
    "what users do next": "用户接下来去哪",
    "where they come from": "用户从哪里来",
    "busiest steps into and out of it": "进出它的主要步骤",
    "converting paths through it": "经过它的转化路径",
    "{label}: {number} journeys": "{label}：{number} 条旅程",
    "{label}: {number} journeys, {rate} of them convert": "{label}：{number} 条旅程，其中 {rate} 转化",
    # cli.check
    "check": "检查项",
    "detail": "详情",
    "state": "状态",
    # cli.compare
    "for example --over budget=200000,300000": "例如 --over budget=200000,300000",
    "this is not KEY=a,b,c": "这不是 KEY=a,b,c 的形式",
    "--over takes one scenario": "--over 只接受一个场景",
    "report: {names}": "报告：{names}",
    # cli.demo
    "report: {folder}\n  the brand: {folder2}; plan it again with `optimizer plan {folder3}`, change it with --set":
        "报告：{folder}\n  品牌：{folder2}；再做一次方案用 `optimizer plan {folder3}`，用 --set 改动它",
    # cli.experiment
    "there is no arm '{name}'": "没有名为“{name}”的组",
    "{rivals} arms against '{name}': each is read at {level}, so that {said} holds for all together":
        "{rivals} 个组与“{name}”比较：每组按 {level} 判断，合起来才是 {said}",
    "note: {text:words}": "说明：{text}",
    "arm": "组",
    "difference": "差异",
    "interval": "区间",
    "mean": "均值",
    "rate": "转化率",
    "relative": "相对变化",
    "still needed": "还需样本",
    "units": "样本数",
    "valid at every peek": "随时查看均有效",
    "too little yet": "还太少",
    "'{r}' won against '{x}', at any time you look (false-alarm rate {level})": "“{r}”胜过“{x}”，无论何时查看都成立（误报率 {level}）",
    "'{r}' differs from '{r2}' if this is the one planned look; if you have peeked before, it is not decided yet":
        "如果这是计划中唯一的一次查看，“{r}”与“{r2}”有差别；如果之前看过，则尚无定论",
    "'{r}' against '{r2}' is not decided": "“{r}”与“{r2}”尚分不出胜负",
    "a geo hold-out needs its start": "地区留白实验需要起始日期",
    "write --start 2026-08-03, the first period of the campaign": "写 --start 2026-08-03，即投放的第一个周期",
    "in all: {total} (standard error {total_error}) over {treated} treated regions x {periods} periods, against {control} control regions":
        "合计：{total}（标准误 {total_error}），{treated} 个投放地区 × {periods} 个周期，对照 {control} 个地区",
    "for the scenario:\nexperiments:": "写进场景：\nexperiments:",
    "per region and period: {effect} ({relative}), {level} interval {low} .. {high}, p = {p}":
        "每个地区每个周期：{effect}（{relative}），{level} 区间 {low} .. {high}，p = {p}",
    "per region and period: {effect} ({relative}), {level} interval {low} .. {high}, p = {p}, by permutation {placebo}":
        "每个地区每个周期：{effect}（{relative}），{level} 区间 {low} .. {high}，p = {p}，置换检验 p = {placebo}",
    "per region and period: {effect}, {level} interval {low} .. {high}, p = {p}": "每个地区每个周期：{effect}，{level} 区间 {low} .. {high}，p = {p}",
    "per region and period: {effect}, {level} interval {low} .. {high}, p = {p}, by permutation {placebo}":
        "每个地区每个周期：{effect}，{level} 区间 {low} .. {high}，p = {p}，置换检验 p = {placebo}",
    # cli.frontier
    "cac": "获客成本",
    "channels": "渠道数",
    "spend": "花费",
    # cli.importing
    "say where to write the table (--out FILE), or look first (--dry-run)": "说明表写到哪里（--out FILE），或先看一看（--dry-run）",
    "warning: {text:words}": "警告：{text}",
    "not used: {names} and {names2} more (--dry-run lists them)": "未使用：{names}，另有 {names2} 个（--dry-run 列出）",
    "wrote {out}: {rows} rows of {table} from {files} file(s)": "已写入 {out}：来自 {files} 个文件的 {rows} 行（{table}）",
    "known: 元, 千, 万, 亿, 分, %, ‰": "可用：元、千、万、亿、分、%、‰",
    "unknown unit '{word}'": "未知的单位“{word}”",
    "'{said}' are no three rising borders": "“{said}”不是三个递增的边界",
    "write --tiers 10000,50000,500000": "写 --tiers 10000,50000,500000",
    "unknown time zone '{said}'": "未知的时区“{said}”",
    "'{text}' has no two sides": "“{text}”没有等号两边",
    "write {option} {example}": "写 {option} {example}",
    "not used": "未使用",
    "for checks: {to} ({kind})": "用于核对：{to}（{kind}）",
    "kept on record": "存档",
    "on record": "存档",
    "column": "列",
    "example": "示例",
    "no value": "空值",
    "note": "说明",
    "understood as": "理解为",
    "unit": "单位",
    "not used: ": "未使用：",
    "not used: {names}": "未使用：{names}",
    "no table": "没有表",
    "{x:words} -> {x2:words}, {rows} rows": "{x} -> {x2}，{rows} 行",
    # cli.listing
    "about": "说明",
    "name": "名称",
    # cli.metrics
    "--{show} needs events": "--{show} 需要事件",
    "name an events table": "请给出事件表",
    "winning back {won_back} of them is worth {worth}": "唤回其中 {won_back} 的价值：{worth}",
    "cohorts by day": "不能按天分组",
    "week or month": "用 week 或 month",
    "(no segment)": "（无分群）",
    "note: too few orders to stand alone (under 100): {names}; read them together": "说明：订单太少，不能单独看（不足 100 单）：{names}；请合起来看",
    "add data: {{events: FILE, spend: FILE}}": "加上 data: {{events: FILE, spend: FILE}}",
    "this scenario names no events and no spend": "这个场景既没有事件也没有花费",
    "a path table has no users and no times: most figures cannot be told": "路径表没有用户也没有时间：多数指标算不出来",
    "name an events table, a spend table or a scenario": "请给出事件表、花费表或场景",
    "'{text}' is no benchmark": "“{text}”不是基准",
    "write --benchmark ctr=0.02": "写 --benchmark ctr=0.02",
    # cli.new
    "wrote {file}\n  next: edit it, then `optimizer check {folder}` and `optimizer plan {folder2}`":
        "已写入 {file}\n  下一步：编辑它，然后运行 `optimizer check {folder}` 和 `optimizer plan {folder2}`",
    # cli.report
    "name the scenario it was made from; its appendix says which": "请给出生成它的那个场景；报告附录里有写",
    "this folder holds a finished report, not a scenario": "这个文件夹里是做好的报告，不是场景",
    "no plan meets the rules; the report says why": "没有方案能满足规则；原因见报告",
    # cli.rfm
    "wrote {said}: {everyone} customers": "已写入 {said}：{everyone} 位客户",
    "'{text}' are no cuts": "“{text}”不是分组边界",
    "write --cuts recency=30,90,180": "写 --cuts recency=30,90,180",
    "'{text}' is no offer": "“{text}”不是优惠",
    "write --offer at_risk=2.5,0.04 (cost per contact, share who buy because of it, and if known the value of an order)":
        "写 --offer at_risk=2.5,0.04（每次触达成本、因此购买的比例，知道的话再加每单金额）",
    "RFM {date}": "RFM {date}",
    "then (rows) to now (columns)": "从（行）到（列）",
    "a new customer is worth {shown} within {horizon_days} days": "一位新客在 {horizon_days} 天内价值 {shown}",
    "{name}: spend up to {most} for {most_orders} extra orders of {value_per_order}": "{name}：最多花 {most}，多带来 {most_orders} 单，每单 {value_per_order}",
    # cli.serve
    "Ctrl-C ends it": "按 Ctrl-C 结束",
    # cli.simulate
    "{folder}: {weeks} weeks, {channels} paid channels; of about {history_total} new customers {paid} are caused by paid touches. Plan it: optimizer plan {folder2}":
        "{folder}：{weeks} 周，{channels} 个付费渠道；约 {history_total} 位新客中有 {paid} 位由付费触点带来。做方案：optimizer plan {folder2}",
    "--knob {knob} is not NAME=NUMBER": "--knob {knob} 不是 NAME=NUMBER 的形式",
    "write it like --knob organic=2": "写成 --knob organic=2",
    # cli.sources
    "add data: {{events: FILE}} or data: {{paths: FILE}}": "加上 data: {{events: FILE}} 或 data: {{paths: FILE}}",
    "this scenario names no journeys": "这个场景没有旅程数据",
    # cli.validate
    "comparing models on held-out journeys": "在留出的旅程上比较模型",
    "gain in predicting the end": "预测结局的增益",
    "log-likelihood per journey": "每条旅程的对数似然",
    "model": "模型",
    "on journeys not seen (higher is better)": "在没见过的旅程上（越高越好）",
    "data health": "数据健康",
    "says": "说明",
    "promises kept on these journeys": "在这些旅程上守住的承诺",
    # doctor
    "{python_version} ({system} {machine}), optimizer {_version}": "{python_version}（{system} {machine}），optimizer {_version}",
    "missing: {names}": "缺少：{names}",
    "solves a small plan": "能求解小方案",
    "unknown on this system": "这个系统上查不到",
    "enough for small brands; large journeys spill to disk and take longer": "小品牌够用；旅程很多时会写到磁盘，慢一些",
    "install Noto Sans CJK (Debian: fonts-noto-cjk)": "安装思源黑体 Noto Sans CJK（Debian：fonts-noto-cjk）",
    "no font for Chinese: charts exported as pictures show boxes": "没有中文字体：导出为图片的图表会显示方框",
    "Chinese in exported charts": "导出的图表能显示中文",
    "{encoding}, {columns} columns": "{encoding}，{columns} 列",
    "{encoding}, {columns} columns, NO_COLOR": "{encoding}，{columns} 列，NO_COLOR",
    "without {names}": "没有 {names}",
    "pip install 'attribution-budget-optimizer[spark]' (needs Java 17)": "pip install 'attribution-budget-optimizer[spark]'（需要 Java 17）",
    "without pyspark": "没有 pyspark",
    "install a Java 17 runtime": "安装 Java 17 运行环境",
    "pyspark, but no Java": "有 pyspark，但没有 Java",
    "Java does not start: {error}": "Java 无法启动：{error}",
    "pyspark {version}, {java}": "pyspark {version}，{java}",
    # files
    "cannot write here: {strerror}": "不能写到这里：{strerror}",
    "choose another folder with --out": "用 --out 另选文件夹",
    "cannot write: {x}": "无法写入：{x}",
    "free some space, or choose another folder with --out": "请腾出空间，或用 --out 另选文件夹",
    # report.workbook
    "writing a workbook needs xlsxwriter": "写工作簿需要 xlsxwriter",
    # serve
    "the what-if page needs starlette and uvicorn": "假设分析页面需要 starlette 和 uvicorn",
    "leave --port out, or choose another": "去掉 --port，或换一个",
    "port {port} cannot be used: {strerror}": "端口 {port} 不能用：{strerror}",
    # serve.app
    "this could not be planned": "这个做不出方案",
    "this is far too much": "内容太多了",
    "not found": "没有找到",
    "send JSON": "请发送 JSON",
    "this is not JSON": "这不是 JSON",
    # serve.what_if
    "unknown channel '{name}'": "未知的渠道“{name}”",
    "{name}: min {low} is above max {high}": "{name}：min {low} 大于 max {high}",
    "there is no such rule to change": "没有这条可以改的规则",
    "a rule needs a number": "规则需要数字",
    "a rule": "规则",
    "{what:words} must be a number from 0 to {MAX_MONEY}": "{what} 必须是 0 到 {MAX_MONEY} 的数字",
    "a channel": "渠道",
    "the changes": "改动",
    "{what:words} must be an object": "{what}必须是对象",
    # simulate.knobs
    "more tiny and null channels than there are channels to spare": "tiny 和 null 渠道太多，超过了能腾出的渠道数",
    "leave at least one ordinary channel": "至少留一个普通渠道",
    "no knob '{k}'": "没有旋钮“{k}”",
}
