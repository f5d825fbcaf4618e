"""Remarks that the pipeline makes in English, in Chinese: (as it is made, in Chinese), with {slots} for what varies.

A remark that is not here is shown as it was made. A test holds every line against the program's own text.
"""

from __future__ import annotations

import re
from functools import lru_cache

REMARKS: tuple[tuple[str, str], ...] = (
    # tables
    ("{file}: times carry no time zone and are taken as they stand, in {zone}", "{file}：时间不带时区，按原样视为 {zone}"),
    ("{file}: times carry no time zone and are taken as they stand", "{file}：时间不带时区，按原样使用"),
    ("{file}: times are shown in {zone}", "{file}：时间按 {zone} 显示"),
    ("{file}: {a} times carry a time zone and {b} do not; the latter are taken to be in {zone} (set timezone to change it)",
     "{file}：{a} 个时间带时区，{b} 个不带；后者视为 {zone}（可用 timezone 修改）"),
    ("{file}: dates such as 13/8/2026 are read as {order}, as the rows show", "{file}：形如 13/8/2026 的日期按 {order} 读取，数据行可以印证"),
    ("{file}: {a} rows are exact copies of another row ({b} different rows); they are kept, and count as touches of their own",
     "{file}：{a} 行与其他行完全相同（涉及 {b} 种行）；已保留，各算一次触点"),
    ("{file}: exact copies of rows were not looked for (more than {a} rows)", "{file}：行数超过 {a}，未查找完全相同的行"),
    ("{file}: these channels differ by case or blanks only and are kept apart: {names}", "{file}：这些渠道名只差大小写或空格，仍分开计算：{names}"),
    ("{file}: columns not used: {names}", "{file}：未使用的列：{names}"),
    ("{file}: {a} rows share period and channel with another row and are added up", "{file}：{a} 行与其他行的周期和渠道相同，已相加"),
    ("{file}: one date only; it is taken as a week", "{file}：只有一个日期；按一周处理"),
    ("{file}: there is no column nulls, so only paths that converted are known", "{file}：没有 nulls 列，因此只知道有转化的路径"),
    ("{file}: {a} rows stand for no journey at all (0 conversions, 0 nulls)", "{file}：{a} 行不代表任何旅程（转化 0，未转化 0）"),
    ("{file}: {a} rows repeat the path of another row and are added to it", "{file}：{a} 行与其他行路径相同，已并入"),
    ("{file}: no {event} carries a value; value is 0 throughout", "{file}：没有 {event} 带金额；金额一律为 0"),
    ("{file}: {a} of {b} conversions carry no value and count as 0 in value", "{file}：{b} 次转化中有 {a} 次没有金额，按 0 计"),
    # journeys and credit
    ("{a} of {b} conversions had no touch before them (since the conversion before, within the lookback); nobody is credited for them",
     "{b} 次转化中有 {a} 次之前没有触点（自上次转化以来、回溯期内）；不归功于任何渠道"),
    ("a paths table has no times: touches are taken to be one day apart", "路径表没有时间：视触点之间各隔一天"),
    ("a path table does not say who bought before: every conversion is taken for a new customer's", "路径表不说明谁以前买过：每次转化都视为新客"),
    ("intervals are not given: this model's shares are not sums of counts", "不给出区间：该模型的份额不是计数之和"),
    ("intervals of this large chain are linearised around the estimate", "该链较大，区间在估计值附近线性化得出"),
    ("stage {name} is left out: the data show it {a} times", "阶段 {name} 未使用：数据中只出现 {a} 次"),
    ("the journeys carry no milestones before the purchase: only what touches do to buying itself can be seen",
     "旅程在购买之前没有里程碑事件：只能看到触点对购买本身的作用"),
    ("the lifecycle model read {a} of {b} users, chosen by hash; totals are of all", "生命周期模型按哈希抽取了 {b} 位用户中的 {a} 位；总数为全部用户"),
    ("a touch works on the day it comes or the next; what lasts longer shows as a higher stage", "触点在当天或次日起作用；更持久的作用体现为更高的阶段"),
    ("people are counted from their first event to the end of the data; people never seen are in no number", "人从首个事件计到数据结束；从未出现的人不计入任何数字"),
    ("within a stage, who is touched does not depend on who would act anyway, beyond what the calendar check takes off",
     "同一阶段内，谁被触达与谁本来就会行动无关（日历检验已扣除的部分除外）"),
    ("purchases that follow these channels' touches would partly have come anyway, their effect is cut: {names}",
     "这些渠道触达之后的购买有一部分本来就会发生，其效果已下调：{names}"),
    ("too few touches to tell much, drawn towards the others: {names}", "触点太少，难以判断，已向其他渠道靠拢：{names}"),
    ("less than three weeks of data: uplifts could not be held against the calendar", "数据不足三周：提升效果无法与日历对照"),
    ("tests moved {name} from {a} to {b} orders (standard error of its factor {c} to {d})", "实验把 {name} 从 {a} 调整为 {b} 单（系数标准误 {c} 变为 {d}）"),
    # responses
    ("nothing says what {name} brings; it is planned as bringing nothing", "没有任何依据说明 {name} 能带来什么；按带来零计划"),
    ("there is spend but no journeys: only channels with a stated curve can be planned", "有花费但没有旅程：只能规划给定了曲线的渠道"),
    ("{name} has spend but no touches: the data say nothing of what it brings; state a curve for it", "{name} 有花费但没有触点：数据说明不了它带来什么；请为它给定曲线"),
    ("{name} has spend but no credited conversions; it is planned as bringing nothing", "{name} 有花费但没有归因到的转化；按带来零计划"),
    ("touches without spend, credited but not planned: {names}", "有触点无花费的渠道，计入归因但不参与规划：{names}"),
    ("how it bends is hardly visible in the data: leans on a typical elasticity of {a}", "数据中几乎看不出曲线如何弯曲：借用典型弹性 {a}"),
    ("{a} a week come without spend and are left out", "每周有 {a} 个无需花费也会发生，已剔除"),
    ("no response was ever seen", "从未见过任何响应"),
    ("through one point with a stated elasticity of {a}", "由一个点和给定弹性 {a} 得出"),
    ("touch volume times what a touch is worth near this plan, by the stage chain run forward; {rest}", "触达量乘以在此方案附近一次触达的价值（由阶段链向前推演）；{rest}"),
    ("touch volume times what a touch is worth near this plan, by the stage chain run forward", "触达量乘以在此方案附近一次触达的价值（由阶段链向前推演）"),
    ("the stage chain run forward expects {a} new customers under this plan, {b} of them without any paid touch; the plan adds {c} (90 % interval {d} to {e})",
     "按阶段链向前推演，此方案下预计有 {a} 位新客，其中 {b} 位无需付费触点；方案增加 {c} 位（90% 区间 {d} 至 {e}）"),
    # the plan
    ("{money} stays unspent: more would break {rules}", "{money} 未花出：再花会违反 {rules}"),
    ("{money} stays unspent: no further spend brings anything", "{money} 未花出：再花也不会带来什么"),
    ("{line} gets {a}, more than was ever seen ({b}): its curve is a guess there", "{line} 得到 {a}，超过以往最高的 {b}：那里的曲线只是推测"),
    ("no margin is stated: profit counts all revenue as margin", "未给出毛利率：利润把全部成交额当作毛利"),
    ("time ran out: this is the best plan found, and the bound says how far it can be from the best there is", "时间用完：这是已找到的最好方案，上界说明它离最优还可能差多少"),
    ("channels act on each other here: the plan is the best found by repeated linear steps, and its bound holds for the last step only",
     "这里渠道相互影响：方案由反复线性求解得到，其上界只对最后一步成立"),
    ("nothing limits the spend: every further unit brings more; state a budget or a max", "没有任何限制：多花总能多得；请给出预算或上限"),
    ("no plan can keep {rule}", "没有方案能满足 {rule}"),
    ("the floors add up to {a}, more than the budget of {b}", "各下限合计 {a}，超过预算 {b}"),
    ("a CAC of {a} is below the best any channel{of} can reach, {b}", "获客成本 {a} 低于任何渠道{of}能达到的最好值 {b}"),
    ("no plan keeps all of these together: {rules}", "没有方案能同时满足：{rules}"),
)


@lru_cache(maxsize=1)
def patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Each remark as a pattern; those with more fixed text are tried first."""
    def pattern(text: str) -> re.Pattern[str]:
        parts = re.split(r"(\{\w+\})", text)
        return re.compile("".join(f"(?P<{p[1:-1]}>.{'*' if p == '{of}' else '+'}?)" if p.startswith("{") else re.escape(p) for p in parts) + r"\Z", re.DOTALL)

    order = sorted(REMARKS, key=lambda pair: -len(re.sub(r"\{\w+\}", "", pair[0])))
    return tuple((pattern(english), chinese) for english, chinese in order)


def remark(text: str, lang: str) -> str:
    """The remark in the language; as it is where no translation is known."""
    if lang == "en":
        return text
    for pattern, chinese in patterns():
        found = pattern.match(text)
        if found:
            values = found.groupdict()
            if values.get("of"):
                values["of"] = f"（{values['of'].removeprefix(' of ')}）"
            if values.get("rest"):
                values["rest"] = remark(values["rest"], lang)
            return chinese.format(**values)
    return text
