"""Messages in Chinese: curves, stages and the pipeline. See `optimizer.report.words.messages`."""

from __future__ import annotations

MESSAGES = {
    # forecast.near
    "touch volume times what a touch is worth near this plan, by the stage chain run forward": "触达量乘以在此方案附近一次触达的价值（由阶段链向前推演）",
    "touch volume times what a touch is worth near this plan, by the stage chain run forward; {rest}": "触达量乘以在此方案附近一次触达的价值（由阶段链向前推演）；{rest}",
    # pipeline
    "nothing says what {name} brings; it is planned as bringing nothing": "没有任何依据说明 {name} 能带来什么；按带来零计划",
    "{channels} channels stated, {rules} rules, horizon {horizon} {period:name}s": "{channels} 个渠道给定了设置，{rules} 条规则，时长 {horizon} {period}",
    "{lines} lines, {rules} rules": "{lines} 行，{rules} 条规则",
    "experiments are not used: they correct the lifecycle model, and this plan is not built on it (for other models say attribution: calibrate)":
        "未使用 experiments：它们用来校正生命周期模型，而这个方案不以它为依据（其他模型请写 attribution: calibrate）",
    # pipeline.credit
    "a path table does not say who bought before: every conversion is taken for a new customer's": "路径表不说明谁以前买过：每次转化都视为新客",
    # pipeline.customers
    "name a table under data: orders: FILE, or events with purchases": "在 data: 下写 orders: FILE，或给出含购买的事件",
    "retention and lifetime need orders": "retention 和 lifetime 需要订单",
    "paths are relative to the scenario's folder": "路径相对于场景所在的文件夹",
    "there is no {file}": "没有 {file}",
    "channel '{taken}' is the name of a retention line": "渠道“{taken}”与一条留存项同名",
    "rename the channel": "请给渠道改名",
    "{name}: {size} customers, at most {most_orders} extra orders for {most}": "{name}：{size} 位客户，最多花 {most} 多带来 {most_orders} 单",
    "lifetime margin of a new customer within {horizon_days} days: {value} ({level} interval {low} to {high})":
        "一位新客 {horizon_days} 天内的生命周期毛利：{value}（{level} 区间 {low} 至 {high}）",
    # pipeline.lifecycle
    "the stage chain run forward expects {a} new customers under this plan, {b} of them without any paid touch; the plan adds {c} (90 % interval {d} to {e})":
        "按阶段链向前推演，此方案下预计有 {a} 位新客，其中 {b} 位无需付费触点；方案增加 {c} 位（90% 区间 {d} 至 {e}）",
    "the stage chain takes everybody together; the plan's own figures tell the segments apart": "阶段链把所有人放在一起推演；方案自己的数字区分了各人群",
    # pipeline.problem
    "goal {name}: {what:words}": "目标 {name}：{what}",
    "no margin is stated: profit counts all revenue as margin": "未给出毛利率：利润把全部成交额当作毛利",
    "add a calendar, such as calendar: {{}}": "加上日历，如 calendar: {{}}",
    "{key} needs periods": "{key} 需要分周期",
    "a calendar of {horizon} {period:name}s is too fine": "{horizon} 个{period}的日历太细",
    "plan at most 120 periods, or use longer ones": "最多规划 120 个周期，或用更长的周期",
    "write it as 2026-10-05": "写成 2026-10-05",
    "{start} is no date": "{start} 不是日期",
    "give it a curve, or customers with current, or data": "为它给定曲线，或写 customers 与 current，或提供数据",
    "nothing says what spend on {name} brings": "没有依据说明花在 {name} 上的钱能带来什么",
    "a booked post costs nothing": "预订的一篇不花钱",
    "state a fee or samples above 0": "写明大于 0 的费用或样品成本",
    "add current: to every channel, or give spend data": "为每个渠道加上 current:，或提供花费数据",
    "targets compare with today, but today's spend is not known": "目标要与目前比较，但不知道目前的花费",
    # pipeline.respond
    "there is spend but no journeys: only channels with a stated curve can be planned": "有花费但没有旅程：只能规划给定了曲线的渠道",
    "{name} has spend but no touches: the data say nothing of what it brings; state a curve for it": "{name} 有花费但没有触点：数据说明不了它带来什么；请为它给定曲线",
    "{name} has spend but no credited conversions; it is planned as bringing nothing": "{name} 有花费但没有归因到的转化；按带来零计划",
    "touches without spend, credited but not planned: {names}": "有触点无花费的渠道，计入归因但不参与规划：{names}",
    "add budget: AMOUNT, or goal: min_spend with a target, or goal: profit": "加上 budget: AMOUNT，或 goal: min_spend 加一个指标，或 goal: profit",
    "no budget is stated": "没有写预算",
    # pipeline.tables
    "state its response with curve:, or name tables under data:": "用 curve: 给定它的响应，或在 data: 下写上数据表",
    "channel '{name}' is in no table and has no curve": "渠道“{name}”不在任何表中，也没有曲线",
    # response.curve
    "a positive, finite number": "大于 0 的有限数字",
    "{name} of a curve is {value}": "曲线的 {name} 为 {value}",
    "curve {name} has no '{unknown}'": "曲线 {name} 没有“{unknown}”",
    "it takes {names}": "它接受 {names}",
    "curve {name} needs {names}": "曲线 {name} 需要 {names}",
    "a positive number": "大于 0 的数字",
    "{name} of curve {kind} is {value}, which is no number": "曲线 {kind} 的 {name} 为 {value}，不是数字",
    "{name} of curve {kind} is not finite": "曲线 {kind} 的 {name} 不是有限的数字",
    "{name} of curve {kind} is {value}: the curve would be 0 everywhere": "曲线 {kind} 的 {name} 为 {value}：曲线会处处为 0",
    "{name} of curve {kind} is {value}: the curve would fall": "曲线 {kind} 的 {name} 为 {value}：曲线会下降",
    # response.curves
    "elasticity of curve power is {elasticity}: it would grow faster and faster for ever": "曲线 power 的弹性为 {elasticity}：会越长越快，没有尽头",
    "a number above 0, at most 1; for an S-shape use hill": "大于 0、至多 1 的数字；S 形请用 hill",
    "curve pieces is a list of [width, slope]": "曲线 pieces 写成列表，每项为 [width, slope]",
    "write [[10, 90], [10, 55]]": "写成 [[10, 90], [10, 55]]",
    "curve pieces is empty": "曲线 pieces 是空的",
    "write at least one [width, slope]": "至少写一项 [width, slope]",
    "write numbers": "请写数字",
    "a width above 0": "宽度要大于 0",
    "a slope of 0 or more": "斜率要不小于 0",
    "give at least one piece a slope above 0": "至少让一段的斜率大于 0",
    "the curve is 0 everywhere": "曲线处处为 0",
    "piece {k} of the curve is not finite": "曲线的第 {k} 段不是有限的数字",
    "piece {k} of the curve has width {width}": "曲线的第 {k} 段宽度为 {width}",
    "piece {k} of the curve falls: slope {slope}": "曲线的第 {k} 段下降：斜率 {slope}",
    # response.fit
    "cannot fit curves of shape '{shape}' to weeks": "形状为“{shape}”的曲线不能按周拟合",
    "saturating or linear; or state the curve": "用 saturating 或 linear，或给定曲线",
    "no week has spend, so there is nothing to fit a curve to": "没有哪一周有花费，无从拟合曲线",
    "state this channel's curve in the scenario": "请在场景中给定这个渠道的曲线",
    "no response was ever seen": "从未见过任何响应",
    "how it bends is hardly visible in the data: leans on a typical elasticity of {a}": "数据中几乎看不出曲线如何弯曲：借用典型弹性 {a}",
    "{a} a week come without spend and are left out": "每周有 {a} 个无需花费也会发生，已剔除",
    "one level of spend only: drawn through the mean week with a stated elasticity of {elasticity}": "只有一种花费水平：按平均的一周和给定弹性 {elasticity} 画出",
    "spend hardly varied: drawn through the mean week with a stated elasticity of {elasticity}": "花费几乎没有变化：按平均的一周和给定弹性 {elasticity} 画出",
    "a curve through one point needs spend above 0, not {spend}": "过一点的曲线需要花费大于 0，而不是 {spend}",
    "a curve through one point needs a response of 0 or more, not {response}": "过一点的曲线需要响应不小于 0，而不是 {response}",
    "above 0 and at most 1 (1: every unit of spend brings as much as the last)": "大于 0、至多 1（1：每一元花费带来的都一样多）",
    "elasticity is {elasticity}": "弹性为 {elasticity}",
    "through one point with a stated elasticity of {a}": "由一个点和给定弹性 {a} 得出",
    # pipeline.segments
    "name data: {{events: FILE}} with a column for the segment": "写 data: {{events: FILE}}，其中要有人群列",
    "segments need events: a path table does not say who is who": "人群需要事件：路径表看不出谁是谁",
    "fill the column in, or leave segments: out": "请补上这一列，或去掉 segments:",
    "no row of the events has a segment (column '{column}')": "事件中没有一行有人群（“{column}”列）",
    "{several} users stand in several segments; each counts in the latest": "{several} 位用户出现在几个人群中；各按最近的一个计",
    "segments with fewer than {least} orders are planned together as '{rest}': {names}": "不足 {least} 单的人群合并为“{rest}”一起规划：{names}",
    "segments are pooled: fewer than two of them have {least} orders or more ({names})": "各人群已合并：满 {least} 单的人群不到两个（{names}）",
    "spend is not known by segment, so the plan cannot be split: credit is told by segment only (add a column for the segment to the spend table)":
        "不知道各人群的花费，方案无法按人群拆开：只能按人群给出功劳（请在花费表中加上人群列）",
    "rename the segment": "请给人群改名",
    "segment '{name}' is also the name of a channel, so a rule's of: could mean either": "人群“{name}”与渠道同名，规则中的 of: 分不清指哪一个",
    "segment '{name}': {what:words}": "人群“{name}”：{what}",
    "not split by segment (spend without a known segment, one segment only, or stated in the scenario): {names}":
        "未按人群拆开（花费不知属于哪个人群、只有一个人群，或已在场景中给定）：{names}",
    "segments differ by more than chance (p = {p}): each has its own line, its measured difference believed by {low} to {high}":
        "人群之间的差异超出偶然（p = {p}）：各自成行，测得的差异采信 {low} 至 {high}",
    "segments differ by no more than chance (p = {p}): their curves are pooled, so each keeps its share of the spend":
        "人群之间的差异不超出偶然（p = {p}）：曲线合并，各自保持原来的花费份额",
    "raise least, so that '{name}' is pooled": "调高 least，让“{name}”合并进去",
    # pipeline.multiply
    "times {factor}, as the scenario says": "按场景所写，乘以 {factor}",
    "{name}: its curve is multiplied by {multiplier}, as the scenario says": "{name}：按场景所写，曲线乘以 {multiplier}",
    # pipeline.start
    "put them into one file first": "先合并成一个文件",
    "several path tables": "有好几张路径表",
    "a table of {table:name} is not what a plan is made from": "做方案用不上{table}表",
    "give spend, events, orders or paths": "请给出花费、事件、订单或路径",
}
