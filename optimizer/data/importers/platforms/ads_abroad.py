"""Ad accounts outside China: TikTok, Microsoft, LinkedIn, Pinterest."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, number, words
from optimizer.data.importers.declare import IMPORTERS, Importer, Recorded
from optimizer.messages import _

_WINDOW = _("within the attribution window of the account")


_TIKTOK_ADS_BESIDE = names(
    "CPM | Reach | Frequency | Cost per conversion | Campaign ID | Ad group ID",
    "Primary status | Campaign Budget | 推广系列预算 | 平均千次展示费用（CPM） | 转化率（CVR） | Result rate",
    "Video views",
)


_TIKTOK_ADS_SIGNS = names(
    "By Day | Clicks (destination) | CPC (destination) | CTR (destination)",
    "Conversion rate (CVR) | stat_time_day | stat_time_hour | 推广系列名称 | 点击量（目标页面）",
    "Purchase ROAS (website) | Cost per 1,000 people reached | 일별 | 클릭수(랜딩 페이지)",
)


@IMPORTERS.register
def tiktok_ads() -> Importer:
    """TikTok Ads Manager in English or Chinese, by day -> spend with claimed conversions."""
    return Importer(
        "TikTok Ads",
        "spend",
        rank=30,
        seen="public code that reads these exports (English)",
        channel="tiktok",
        also=("tiktok",),
        sign=_TIKTOK_ADS_SIGNS,
        key=("_campaign", "_group"),
        beside=_TIKTOK_ADS_BESIDE,
        columns=(
            day("By Day | Day | Date | 按天 | 日期 | stat_time_day | 일별"),
            money("spend", "Cost | Total cost | 消耗 | 总消耗 | spend | 비용", required=True),
            count("exposures", "Impressions | 展示量 | 展示次数 | 노출수"),
            count(
                "clicks",
                "Clicks (destination) | Clicks (all) | Clicks | 点击量（目标页面） | 点击量",
                "클릭수(랜딩 페이지) | 클릭수",
            ),
            number(
                "claimed",
                "Conversions | Complete payment | Purchases (website) | Results | 转化量 | 转化数",
                "conversion | 전환수 | 전환",
                say=_WINDOW,
            ),
            money(
                "gmv",
                "Total purchase value (website) | Total complete payment value | Gross revenue",
                say=_WINDOW,
            ),
            words("currency", "Currency | 货币"),
            words("_campaign", "Campaign name | 推广系列名称 | campaign_name | 캠페인 이름"),
            words("_group", "Ad group name | 广告组名称 | adgroup_name | 광고그룹 이름"),
        ),
        records=(Recorded("Purchase ROAS (website)", None, _("sales / spend")),),
    )


_MICROSOFT_ADS_BESIDE = names(
    "CTR | Ctr | Avg. CPC | CPA | Account name | Account number | AccountNumber",
    "Campaign type | Ad distribution | AdDistribution | CampaignId",
    "Cost per conversion | CostPerConversion | ConversionRate | Assists",
    "Revenue per conversion | Device type | Impression share | CampaignStatus",
    "Currency code | Top vs. other | Network",
)


@IMPORTERS.register
def microsoft_ads() -> Importer:
    """Microsoft Advertising (Bing), with title lines above, by day, week or month -> spend with
    claimed conversions.
    """
    # columns: https://learn.microsoft.com/advertising/reporting-service
    return Importer(
        "Microsoft Advertising",
        "spend",
        rank=30,
        channel="microsoft",
        also=("bing", "bing ads", "microsoft"),
        sign=names(
            "Gregorian date | TimePeriod | Time period | CurrencyCode | CampaignName",
            "Return on ad spend | ReturnOnAdSpend | Avg. position | AverageCpc",
            "Delivered match type | Campaign status | Conv. rate | AccountName",
        ),
        key=("_campaign", "_group"),
        beside=_MICROSOFT_ADS_BESIDE,
        columns=(
            day("Gregorian date | TimePeriod | Time period | Day | Date | Week | Month"),
            money("spend", "Spend", required=True),
            count("exposures", "Impressions | Impr."),
            count("clicks", "Clicks"),
            number(
                "claimed", "Conversions | Conv. | All conv. | ConversionsQualified", say=_WINDOW
            ),
            money("gmv", "Revenue | All revenue", say=_WINDOW),
            words("currency", "Currency code | CurrencyCode | Currency"),
            words("_campaign", "Campaign | Campaign name | CampaignName"),
            words("_group", "Ad group | Ad group name | AdGroupName"),
        ),
        records=(Recorded("Return on ad spend", None, _("sales / spend")),),
    )


@IMPORTERS.register
def linkedin_ads() -> Importer:
    """LinkedIn Campaign Manager, with title lines above, by day or month -> spend with claimed
    conversions.
    """
    return Importer(
        "LinkedIn Ads",
        "spend",
        rank=30,
        seen="public code that reads these exports",
        channel="linkedin",
        also=("linkedin",),
        sign=names(
            "Start Date (in UTC) | Total Spent | Campaign Group Name | Campaign Group ID",
            "Click Through Rate | Average CPM | Average CPC | Total Social Actions",
            "Clicks to Landing Page | Campaign Objective | Total Engagements | Lead Form Opens",
        ),
        key=("_campaign", "_creative"),
        beside=names(
            "Account Name | Campaign Type | Campaign Status | Campaign Start Date",
            "Campaign End Date | Cost Type | Daily Budget | Total Budget | Reactions | Comments",
            "Shares | Follows | Leads | Cost per Lead | Cost per Conversion | Conversion Rate",
            "Engagement Rate | Clicks to LinkedIn Page | Other Clicks | Post-Click Conversions",
            "View-Through Conversions | Total Conversion Value ROAS | Audience",
            "Campaign Group Status | Return on Ad Spend | Average Frequency | Approximate Reach",
        ),
        columns=(
            day("Start Date (in UTC) | Start Date | Date | Day | Month"),
            money("spend", "Total Spent | Spend | costInLocalCurrency", required=True),
            count("exposures", "Impressions"),
            count("clicks", "Clicks"),
            count("engagements", "Total Engagements"),
            number("claimed", "Conversions | externalWebsiteConversions", say=_WINDOW),
            money("gmv", "Total Conversion Value", say=_WINDOW),
            words("currency", "Currency"),
            ident("_campaign", "Campaign ID | Campaign Name"),
            ident("_creative", "Ad ID | Creative ID | Creative Name"),
        ),
    )


_PIN_MICROS = ("SPEND_IN_MICRO_DOLLAR", "Spend in micro dollars")


_PINTEREST_ADS_BESIDE = names(
    "Reach | CTR | CPM | CPC | Campaign objective | Campaign status | Ad group ID",
    "Frequency | Engagement rate | Ad name | Promoted Pin ID | Campaign budget | Result",
    "Cost per result",
)


_PINTEREST_ADS_SIGNS = names(
    "Spend in account currency | Pin clicks | Outbound clicks | Saves",
    "Total conversions (Checkout) | Total order value (Checkout) | SPEND_IN_DOLLAR",
    "Total ROAS (Checkout)",
    *_PIN_MICROS,
    "PAID_IMPRESSION | CLICKTHROUGH_1 | Pin click rate | Outbound click rate",
    "Earned impressions | Save rate",
)


@IMPORTERS.register
def pinterest_ads() -> Importer:
    """Pinterest Ads, by day -> spend with claimed checkouts."""
    # metrics: https://developers.pinterest.com/docs/api/v5/ad_account-analytics
    return Importer(
        "Pinterest Ads",
        "spend",
        rank=30,
        channel="pinterest",
        also=("pinterest",),
        sign=_PINTEREST_ADS_SIGNS,
        key=("_campaign", "_group"),
        beside=_PINTEREST_ADS_BESIDE,
        columns=(
            day("Date | Day"),
            money(
                "spend",
                "Spend in account currency | Spend | SPEND_IN_DOLLAR",
                *_PIN_MICROS,
                required=True,
                scale=dict.fromkeys(_PIN_MICROS, 1e-6),
            ),
            count("exposures", "Impressions | Paid impressions | PAID_IMPRESSION | IMPRESSION_1"),
            count("clicks", "Outbound clicks | Pin clicks | Clicks | CLICKTHROUGH_1"),
            count("engagements", "Engagements | TOTAL_ENGAGEMENT"),
            number(
                "claimed",
                "Total conversions (Checkout) | Total conversions | TOTAL_CHECKOUT",
                "TOTAL_CONVERSIONS",
                say=_WINDOW,
            ),
            money("gmv", "Total order value (Checkout) | Total order value", say=_WINDOW),
            words("currency", "Currency | Account currency"),
            ident("_campaign", "Campaign ID | Campaign name | CAMPAIGN_ID"),
            words("_group", "Ad group name | Ad group"),
        ),
    )
