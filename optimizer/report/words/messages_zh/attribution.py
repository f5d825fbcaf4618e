"""Messages in Chinese: journeys and credit. See `optimizer.report.words.messages`."""

from __future__ import annotations

MESSAGES = {
    # attribution.axioms
    "adds up": "总和相符",
    "credit (and what is shown as organic) adds up to the observed conversions": "功劳（加上自然转化）之和等于观察到的转化数",
    "a channel on no converting journey gets nothing": "不在任何转化旅程上的渠道得不到功劳",
    "null channel": "无关渠道",
    "two channels that occur in the same places get the same": "出现位置相同的两个渠道得到相同功劳",
    "other names, same credit": "改名不改功劳",
    "other order of rows, same credit": "行的顺序不影响功劳",
    "row order": "行的顺序",
    "duplicate rows": "重复的行",
    "every journey twice, twice the credit": "每条旅程算两遍，功劳翻倍",
    "merging channels": "合并渠道",
    "two channels under one name get the sum of what they got": "两个渠道合用一个名称，功劳为两者之和",
    # attribution.calibration
    "'{channel}' is no channel of the journeys": "“{channel}”不是旅程中的渠道",
    "effect {effect} with standard error {error:words}": "效果 {effect}，标准误 {error}",
    "two numbers, the error above 0": "写两个数字，标准误大于 0",
    "from {start} to {end}": "从 {start} 到 {end}",
    "write dates like 2026-03-31": "日期写成 2026-03-31",
    "from day {start} to day {end} of the data": "从数据的第 {start} 天到第 {end} 天",
    "within the data, its beginning before its end": "要在数据的时间范围内，起点早于终点",
    "tests moved {name} from {before} to {after} orders (standard error of its factor {old} to {new})":
        "实验把 {name} 从 {before} 调整为 {after} 单（系数标准误由 {old} 变为 {new}）",
    # attribution.conventions
    "unknown tool '{name}' for --like": "--like 不认识工具“{name}”",
    # attribution.explain
    "Without {channel}, {without} of journeys would convert instead of {conversion_rate}: a removal effect of {removal_effect} (order {order}).":
        "没有 {channel} 时，转化的旅程占 {without}，而不是 {conversion_rate}：移除效应为 {removal_effect}（{order} 阶）。",
    "{reach} of journeys come to it, and {converts} of those convert in the end.": "{reach} 的旅程会经过它，其中 {converts} 最终转化。",
    "It is on the way of {touched} of the observed conversions; journeys that touch it convert in {observed_rate} of cases.":
        "观察到的转化中有 {touched} 经过它；触及它的旅程有 {observed_rate} 转化。",
    # attribution.family
    "order is {order}": "阶数 order 为 {order}",
    "write a whole number of touches, 1 or more, or 'auto'": "写 1 或更大的整数（触点数），或写 'auto'",
    "lookback is {lookback_days} days": "回溯期为 {lookback_days} 天",
    "write a number of days above 0": "写大于 0 的天数",
    "half_life_days is {half_life_days}": "half_life_days（半衰期）为 {half_life_days}",
    "truncate is {truncate}": "truncate 为 {truncate}",
    "write 'longest' or a whole number of steps": "写 'longest' 或一个整数步数",
    "position is {position}": "position 为 {position}",
    "write three shares that add up to 1: first, middle, last": "写三个份额：首、中、末，总和为 1",
    "unknown option '{name}'": "未知的选项“{name}”",
    "attribution model": "归因模型",
    "give an events table": "请提供事件表",
    "{model} needs the events themselves, not counts": "{model} 需要事件本身，只有计数不够",
    # attribution.health
    "nothing can be credited": "没有可以归因的转化",
    "enough to share out": "足够分摊功劳",
    "few conversions: credit is uncertain, look at the intervals": "转化太少：功劳不确定，请看区间",
    "no journey ends without a conversion: what fails to convert cannot be seen; export those journeys too": "没有一条旅程以未转化结束：看不出什么不起作用；请把未转化的旅程也导出",
    "hardly any journey ends without a conversion: removal effects rest on few journeys": "几乎没有旅程以未转化结束：移除效应只建立在少数旅程上",
    "journeys without a conversion are there to compare with": "有未转化的旅程可供比较",
    "most credit is truly shared": "多数功劳确实由几个渠道分享",
    "most journeys have one touch: all models agree on those": "多数旅程只有一个触点：对这些旅程，所有模型的结论相同",
    "many journeys have one touch only": "许多旅程只有一个触点",
    "held-out AUC {auc}, chance is 0.5": "留出样本的 AUC 为 {auc}，纯靠猜为 0.5",
    "the last touches tell something of how a journey ends ({strong:words})": "最后几个触点能说明旅程的部分结局（{strong}）",
    "too few journeys to hold any out": "旅程太少，留不出验证样本",
    "no signal for conversion: where a journey has been does not tell how it ends ({best:words}); these data cannot tell the models apart":
        "没有转化信号：旅程经过哪里说明不了结局（{best}）；这些数据分不出模型的优劣",
    "journeys end in one way only: these data cannot tell the models apart": "旅程只有一种结局：这些数据分不出模型的优劣",
    # attribution.lifecycle.checks
    "a touch works on the day it comes or the next; what lasts longer shows as a higher stage": "触点在当天或次日起作用；更持久的作用体现为更高的阶段",
    "people are counted from their first event to the end of the data; people never seen are in no number": "人从首个事件计到数据结束；从未出现的人不计入任何数字",
    "within a stage, who is touched does not depend on who would act anyway, beyond what the calendar check takes off":
        "同一阶段内，谁被触达与谁本来就会行动无关（日历检验已扣除的部分除外）",
    "purchases that follow these channels' touches would partly have come anyway, their effect is cut: {names}":
        "这些渠道触达之后的购买有一部分本来就会发生，其效果已下调：{names}",
    "placebo: people often step on the day before these channels touch them, which the touch cannot have caused; they follow people who have just moved: {names}":
        "安慰剂检验：这些渠道触达的前一天，人们往往已经进入下一阶段，这不可能是触达造成的；它们是在跟随刚刚行动的人：{names}",
    "too few touches to tell much, drawn towards the others: {names}": "触点太少，难以判断，已向其他渠道靠拢：{names}",
    "less than three weeks of data: uplifts could not be held against the calendar": "数据不足三周：提升效果无法与日历对照",
    # attribution.lifecycle.model
    "no channel ever touched anybody": "没有任何渠道触达过任何人",
    "the lifecycle model needs rows with event 'touch' and a channel": "生命周期模型需要 event 为 'touch' 且带渠道的行",
    "nobody ever bought": "没有人购买过",
    "the lifecycle model needs rows with event '{purchase}'": "生命周期模型需要 event 为 '{purchase}' 的行",
    "no paid channel touched anybody before a purchase: nothing tells what they cause": "购买之前没有任何付费渠道触达过人：看不出它们带来了什么",
    "nobody who bought was touched by a paid channel before: whatever they cause, they can only have led others up the stages":
        "买过的人此前都没有被付费渠道触达：它们即便有作用，也只可能是把别人带到更高的阶段",
    "{days} day(s) of data: too short to tell newcomers from those who were there before; a plan counts on no newcomers":
        "数据只有 {days} 天：太短，分不出新来的人和原有的人；方案不计新来的人",
    # attribution.lifecycle.registered
    "unknown lifecycle setting '{name}'": "生命周期模型没有设置项“{name}”",
    "a number of days above 0": "大于 0 的天数",
    "stage_timeout_days is {timeout}": "stage_timeout_days 为 {timeout}",
    # attribution.markov
    "intervals of this large chain are linearised around the estimate": "该链较大，区间在估计值附近线性化得出",
    "no journey has {order} touches: a removal effect is then the share of conversions on whose way the channel was":
        "没有一条旅程有 {order} 个触点：这时移除效应就是经过该渠道的转化占比",
    # attribution.models
    "intervals is {intervals}": "intervals 为 {intervals}",
    "write a number of bootstrap replicates, such as 1000, or 0": "写自助重抽样的次数，如 1000，或写 0",
    "give an events table or a path table": "请提供事件表或路径表",
    "{name} reads the events themselves": "{name} 要读取事件本身",
    "count with buckets=200": "计数时加上 buckets=200",
    "these counts have no user buckets to resample": "这些计数没有用户分桶，无法重抽样",
    "name one, or leave models out for the usual ones": "写一个模型名，或不写 models 而用常用的几个",
    "no model is named": "没有写模型名",
    "a paths table has no times: touches are taken to be one day apart": "路径表没有时间：视触点之间各隔一天",
    "{dialect} puts users into other groups than DuckDB does: the credit is the same there, the ends of intervals differ by chance":
        "{dialect} 的用户分组与 DuckDB 不同：功劳相同，区间的两端会有偶然的差别",
    # attribution.relation
    "a file of journeys needs the events on this machine": "要写出逐条旅程的文件，事件必须在本机",
    "export them to parquet, and name that": "先导出为 parquet，再用那个文件",
    "listing different paths needs the events on this machine": "要列出不同的路径，事件必须在本机",
    # attribution.shapley
    "use at most {MOST_PLAYERS}, or the model `shapley`": "最多 {MOST_PLAYERS} 个，或改用模型 `shapley`",
    "{players} players have too many coalitions to enumerate": "{players} 个参与者的组合太多，无法逐一列举",
    "give every coalition of the players": "请给出参与者的每一种组合",
    "the coalition {names} has no worth": "组合 {names} 没有给出价值",
    # attribution.touch_credit
    "one of {names}": "可选：{names}",
    "unknown period '{period}'": "未知的周期“{period}”",
    "a path table has no times, so credit cannot be told by period": "路径表没有时间，无法按周期给出功劳",
    "the file's ending says neither csv nor parquet": "从文件扩展名看，既不是 csv 也不是 parquet",
    "write FILE.parquet or FILE.csv": "写成 FILE.parquet 或 FILE.csv",
    # attribution.validation
    "order {order}: best held-out log-likelihood per journey within one standard error ({names})": "{order} 阶：每条旅程的留出对数似然在最优值一个标准误之内（{names}）",
    "There are no journeys.": "没有旅程。",
    "there are no journeys": "没有旅程",
    "Use Markov order {order}.": "请用 {order} 阶马尔可夫。",
    "Where a journey has been tells something of how it ends, so the models can be told apart by prediction.": "旅程经过哪里能说明部分结局，因此可以靠预测分出模型优劣。",
    "The data carry no signal for conversion (held-out AUC at most {areas}; chance is 0.5): they cannot tell the models apart. Choose by what you know, and test (hold out a region or an audience).":
        "数据没有转化信号（留出样本 AUC 最高 {areas}，纯靠猜为 0.5）：分不出模型的优劣。请凭你的了解选择，并做实验（留出一个地区或一群人）。",
    "There are too few journeys to hold any out: the data cannot tell the models apart.": "旅程太少，留不出验证样本：数据分不出模型的优劣。",
    "Journeys end in one way only: the data cannot tell the models apart. Export journeys without a conversion too.":
        "旅程只有一种结局：数据分不出模型的优劣。请把未转化的旅程也导出。",
    "The models differ most between {model} and {other}: {moved} of the credit changes hands, most of it for {channel} ({share} against {against}).":
        "分歧最大的两个模型是 {model} 和 {other}：{moved} 的功劳易主，其中 {channel} 变化最大（{share} 对 {against}）。",
    "A model breaks a promise that none may break: {names:name}.": "有模型违背了谁都不该违背的承诺：{names}。",
    # journeys.assemble
    "{a} of {b} conversions had no touch before them (since the conversion before, within the lookback); nobody is credited for them":
        "{b} 次转化中有 {a} 次之前没有触点（自上次转化以来、回溯期内）；不归功于任何渠道",
    # journeys.counting
    "buckets is {buckets}": "buckets 为 {buckets}",
    "a path table has no segments": "路径表没有人群",
    "leave segment out, or give an events table": "去掉 segment，或给出事件表",
    # journeys.graph
    "no journey touches '{channel}'": "没有旅程经过“{channel}”",
    "every state needs a way to end: count the journeys that stop there": "每个状态都要能结束：把停在那里的旅程也计入",
    "no journey ends after {stuck}": "没有旅程在 {stuck} 之后结束",
    # journeys.prepare
    "no event is called '{name}', so no journey converts": "没有名为“{name}”的事件，因此没有旅程转化",
    "no segment is called '{segment}'": "没有名为“{segment}”的人群",
    "{file}: no {event} carries a value; value is 0 throughout": "{file}：没有 {event} 带金额；金额一律为 0",
    "{file}: {a} of {b} conversions carry no value and count as 0 in value": "{file}：{b} 次转化中有 {a} 次没有金额，按 0 计",
    "a path table has no times, so lookback cannot be applied": "路径表没有时间，无法使用回溯期",
    "give an events table, or leave lookback out": "请给出事件表，或去掉回溯期",
    # journeys.stages
    "stage {name} is left out: the data show it {a} times": "阶段 {name} 未使用：数据中只出现 {a} 次",
    "the journeys carry no milestones before the purchase: only what touches do to buying itself can be seen": "旅程在购买之前没有里程碑事件：只能看到触点对购买本身的作用",
    "give an events table with touches": "请给出带触点的事件表",
    "there are no events": "没有事件",
    "the lifecycle model read {a} of {b} users, chosen by hash; totals are of all": "生命周期模型按哈希抽取了 {b} 位用户中的 {a} 位；总数为全部用户",
    # attribution.static_calibration
    "calibrate: {channel}": "calibrate：{channel}",
    "unknown entry '{name}'": "未知的项“{name}”",
    "a test says either multiplier or conversions": "一项实验只写 multiplier 或 conversions 中的一个",
    "write one of the two": "两者只写一个",
    "give one test for each channel: combine them": "每个渠道只写一项实验：请合并",
    "the channel is tested twice": "这个渠道有两项实验",
    "calibrate names no channel": "calibrate 没有写渠道",
    "write {{channel: multiplier}}, or leave calibrate out": "写成 {{渠道: 倍数}}，或去掉 calibrate",
    "a {kind} holds no tests": "{kind} 里没有实验",
    "write {{channel: multiplier}}, or name a csv file": "写成 {{渠道: 倍数}}，或给出 csv 文件",
    "name the channel that was tested": "请写明做过实验的渠道",
    "'{channel}' is tested twice, by itself and with its platform": "“{channel}”有两项实验，一项针对它自己，一项针对它的平台",
    "give one test for each channel": "每个渠道只写一项实验",
    "let other channels give them, or let the total change": "让其他渠道让出，或允许总数变化",
    "{model}: the tests ask for {number} more conversions than are organic": "{model}：实验要求增加的转化比自然转化还多 {number} 次",
    "calibrated: {channel} from {before} to {after} conversions; the difference goes to {whom:words}":
        "已校准：{channel} 的转化从 {before} 变为 {after}；差额归于{whom}",
    "the difference cannot go to '{name}', which is no channel of the journeys": "差额不能归于“{name}”，它不是旅程中的渠道",
    "'{channel}' is tested, so it cannot take the difference": "“{channel}”做过实验，不能承担差额",
    "name channels without a test": "请写没有做过实验的渠道",
    "leave this channel's test out, or choose a model that credits it": "去掉这个渠道的实验，或选一个给它功劳的模型",
    "{model} gives '{channel}' no credit, so {conversions} conversions cannot be laid on it": "{model} 没有给“{channel}”功劳，因此不能把 {conversions} 次转化归于它",
    "name other channels, or write total or organic": "请写别的渠道，或写 total、organic",
    "{model}: nobody with credit is there to take the difference ({whom:words})": "{model}：没有带功劳的对象可以承担差额（{whom}）",
    "name more channels, or let the total change: total": "多写几个渠道，或允许总数变化：total",
    "all untested channels": "所有没有做过实验的渠道",
    "nobody, so the total changes": "没有对象承担，因此总数变化",
    "write a number of 0 or more, such as 0.7": "写 0 或更大的数字，如 0.7",
    "{model}: the tests ask for {number} more {what:words}, but {whom:words} hold only {whole}": "{model}：实验要求再增加 {number} {what}，但{whom}只有 {whole}",
    "the untested channels": "没有做过实验的渠道",
    # attribution.leave_one_out
    "ask for this model without intervals, or roll tiers up (platforms)": "这个模型不要区间，或合并层级（platforms）",
    "the converting paths have {size} touches: too many different ones for intervals of fractribution":
        "转化路径共有 {size} 个触点：不同的太多，给不出 fractribution 的区间",
    # journeys.printing
    "one of {names}; or print the query of an events table": "可选：{names}；或改为打印事件表的查询",
    "the query of a path table takes lists apart, which cannot be written in {dialect}": "路径表的查询要拆开列表，{dialect} 写不出来",
    "a channel's name holds '>', so the query of this table is written for DuckDB only": "有渠道名含 '>'，这张表的查询只能写成 DuckDB 的",
    "print it for duckdb, or rename the channel": "请用 duckdb 方言打印，或给渠道改名",
}
