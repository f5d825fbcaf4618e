"""Ad accounts outside China: Meta, Google Ads and TikTok, by day -> spend with what they claim."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS, Importer, Recorded
from optimizer.data.reading.columns import column
from optimizer.messages import _


@IMPORTERS.register
def meta_ads() -> Importer:
    """Meta Ads Manager (Facebook, Instagram), by day -> spend with claimed purchases."""
    return Importer(
        "Meta Ads",
        "spend",
        rank=30,
        channel="meta",
        also=("facebook", "facebook ads", "meta"),
        sign=("Reporting starts", "Amount spent (USD)", "Campaign delivery", "Purchase ROAS"),
        key=("_campaign", "_set", "_ad"),
        columns=(
            column("period", "Day", "Date", kind="day", required=True, prefer=True),
            column(
                "spend",
                *("Amount spent", "Amount spent (USD)", "Amount spent (EUR)"),
                *("Amount spent (GBP)", "Amount spent (CAD)", "Amount spent (AUD)"),
                *("Amount spent (CNY)", "Amount spent (HKD)", "Amount spent (JPY)"),
                *("Amount spent (SGD)", "Amount spent (CHF)", "Amount spent (SEK)"),
                kind="money",
                required=True,
            ),
            column("exposures", "Impressions", kind="count"),
            column("clicks", "Link clicks", "Clicks (all)", kind="count", prefer=True),
            column(
                "claimed",
                *("Purchases", "Website purchases", "Results"),
                kind="number",
                prefer=True,
                say=_("within the attribution setting of the account"),
            ),
            column("currency", "Currency"),
            column("_campaign", "Campaign name"),
            column("_set", "Ad set name"),
            column("_ad", "Ad name"),
        ),
        records=(Recorded("Purchase ROAS (return on ad spend)", None, _("sales / spend")),),
    )


@IMPORTERS.register
def google_ads() -> Importer:
    """Google Ads campaign report, by day -> spend with claimed conversions."""
    return Importer(
        "Google Ads",
        "spend",
        rank=30,
        channel="google",
        also=("google", "adwords"),
        sign=("Currency code", "Campaign type", "Conv. value", "Cost / conv.", "Impr."),
        key=("_campaign",),
        columns=(
            column("period", "Day", "Week", "Date", kind="day", required=True, prefer=True),
            column("spend", "Cost", kind="money", required=True),
            column("exposures", "Impr.", "Impressions", kind="count"),
            column("clicks", "Clicks", kind="count"),
            column(
                "claimed",
                "Conversions",
                kind="number",
                say=_("as Google attributes them, in parts of a conversion"),
            ),
            column("currency", "Currency code", "Currency"),
            column("_campaign", "Campaign"),
        ),
        records=(Recorded("Conv. value / cost", None, _("sales / spend")),),
    )


@IMPORTERS.register
def tiktok_ads() -> Importer:
    """TikTok Ads Manager, by day -> spend with claimed conversions."""
    return Importer(
        "TikTok Ads",
        "spend",
        rank=30,
        channel="tiktok",
        also=("tiktok",),
        sign=("By Day", "Clicks (destination)", "CPC (destination)", "Conversion rate (CVR)"),
        key=("_campaign", "_group"),
        columns=(
            column("period", "By Day", "Day", "Date", kind="day", required=True, prefer=True),
            column("spend", "Cost", kind="money", required=True),
            column("exposures", "Impressions", kind="count"),
            column("clicks", "Clicks (destination)", "Clicks", kind="count", prefer=True),
            column(
                "claimed",
                *("Conversions", "Complete payment", "Results"),
                kind="number",
                prefer=True,
                say=_("within the attribution window of the account"),
            ),
            column("currency", "Currency"),
            column("_campaign", "Campaign name"),
            column("_group", "Ad group name"),
        ),
        records=(Recorded("Purchase ROAS (website)", None, _("sales / spend")),),
    )
