"""Channel groups: ordered rules on a channel's name, the first that matches names the group.

`ga4` is Google Analytics 4's default channel grouping, on "source / medium / campaign" (the sites
of each kind are the large ones, not Google's whole list).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from optimizer.errors import UserError
from optimizer.messages import _

GA4 = "ga4"
OTHER = "Unassigned"

_PAID = r"(.*cp.*|ppc|retargeting|paid.*)"
_SHOPPING = (
    r"(.*\.)?(amazon|ebay|etsy|walmart|shopping|taobao|tmall|jd|pinduoduo|shopify|alibaba).*"
)
_SEARCH = r"(.*\.)?(google|bing|yahoo|baidu|duckduckgo|yandex|ecosia|sogou|naver|seznam|so\.com).*"
_SOCIAL = (
    r"(.*\.)?(facebook|fb|instagram|ig|tiktok|twitter|x\.com|t\.co|linkedin|pinterest|reddit|weibo"
    r"|wechat|weixin|xiaohongshu|douyin|snapchat|threads|quora|vk\.com|tumblr).*"
)
_VIDEO = r"(.*\.)?(youtube|vimeo|bilibili|twitch|netflix|hulu|disneyplus|dailymotion|youku|iqiyi).*"
_SHOP_CAMPAIGN = r".*(([^a-df-z]|^)shop|shopping).*"

# (group, source, medium, campaign): all that are given must match; "or" tells either of the first
# two. In Google's order.
_GA4: tuple[tuple[str, str | None, str | None, str | None, bool], ...] = (
    ("Cross-network", None, None, r".*cross-network.*", False),
    ("Direct", r"\(direct\)|direct", r"\(none\)|\(not set\)|none|", None, False),
    ("Paid Shopping", _SHOPPING, _PAID, None, False),
    ("Paid Shopping", None, _PAID, _SHOP_CAMPAIGN, False),
    ("Paid Search", _SEARCH, _PAID, None, False),
    ("Paid Social", _SOCIAL, _PAID, None, False),
    ("Paid Video", _VIDEO, _PAID, None, False),
    ("Display", None, r"display|banner|expandable|interstitial|cpm", None, False),
    ("Paid Other", None, _PAID, None, False),
    ("Organic Shopping", _SHOPPING, None, None, False),
    ("Organic Shopping", None, None, _SHOP_CAMPAIGN, False),
    ("Organic Social", _SOCIAL, r"social|social[- ]network|social[- ]media|sm", None, True),
    ("Organic Video", _VIDEO, r".*video.*", None, True),
    ("Organic Search", _SEARCH, r"organic", None, True),
    ("Referral", None, r"referral|app|link", None, False),
    ("Email", r"e[-_ ]?mail", r"e[-_ ]?mail", None, True),
    ("Affiliates", None, r"affiliate", None, False),
    ("Audio", None, r"audio", None, False),
    ("SMS", r"sms", r"sms", None, True),
    ("Mobile Push Notifications", r"firebase", r".*push|.*mobile.*|.*notification.*", None, True),
)


@dataclass(frozen=True)
class Rule:
    """A group, and the names of its channels.

    Parameters
    ----------
    group
        What the channels are called together.
    pattern
        A regular expression that the whole name must match, whatever its case.
    """

    group: str
    pattern: str

    def __post_init__(self) -> None:
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise UserError(
                _("'{pattern}' is no pattern: {error}", pattern=self.pattern, error=str(error)),
                _("the rule of the group '{group}'", group=self.group),
                _("write names separated by |, such as google / cpc|bing / cpc"),
            ) from None

    def holds(self, channel: str) -> bool:
        """Whether a channel is of the group."""
        return re.fullmatch(self.pattern, channel.strip(), re.IGNORECASE) is not None


def rules_of(given: object) -> tuple[Rule | str, ...]:
    """Rules as they are given: "ga4", {group: pattern}, or a list of either form.

    Examples
    --------
    >>> rules_of([{"Brand": "google / cpc / brand.*"}, "ga4"])
    (Rule(group='Brand', pattern='google / cpc / brand.*'), 'ga4')
    """
    if given == GA4 or isinstance(given, Rule):
        return (given,)
    if isinstance(given, Mapping):
        return tuple(Rule(str(group), str(pattern)) for group, pattern in given.items())
    if isinstance(given, Iterable) and not isinstance(given, str):
        return tuple(rule for one in given for rule in rules_of(one))
    raise UserError(
        _("groups is {groups}", groups=repr(given)),
        fix=_("write ga4, or rules in order, {{GROUP: PATTERN}}"),
    )


def ga4_group(channel: str) -> str:
    """The group of "source / medium / campaign" in Google Analytics 4's default channel grouping.

    Examples
    --------
    >>> [ga4_group(name) for name in ("google / cpc", "(direct) / (none)", "news.site / referral")]
    ['Paid Search', 'Direct', 'Referral']
    """
    parts = [part.strip().casefold() for part in re.split(r"\s+/\s+|/", channel.strip())]
    source, medium, campaign = (*parts, "", "")[:3]
    for group, *patterns, either in _GA4:
        tests = [
            re.fullmatch(pattern, text) is not None
            for pattern, text in zip(patterns, (source, medium, campaign), strict=True)
            if pattern is not None
        ]
        if any(tests) if either else all(tests):
            return group
    return OTHER


def grouped(
    channels: Sequence[str], rules: Sequence[Rule | str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The group of each channel, and the rules that match none.

    Parameters
    ----------
    channels
        Names.
    rules
        See `rules_of`. A channel that no rule of the user's matches keeps its name; Google's rules
        have a group for every one.

    Returns
    -------
    groups : dict
        Channel -> group.
    idle : tuple of str
        Groups of rules that are the first for no channel.
    """
    groups, used = {name: name for name in channels}, set()
    for name in channels:
        for rule in rules:
            if isinstance(rule, str) or rule.holds(name):
                groups[name] = ga4_group(name) if isinstance(rule, str) else rule.group
                used.add(rule)
                break
    idle = (rule for rule in rules if rule not in used)
    return groups, tuple(rule if isinstance(rule, str) else rule.group for rule in idle)
