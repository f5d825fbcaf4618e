"""Google Ads: reports of its pages (title lines above, totals below) and of its API (micros)."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, ident, money, names, number, words
from optimizer.data.importers.declare import IMPORTERS, Importer, Recorded
from optimizer.messages import _

_CLAIM = _("as Google attributes them, in parts of a conversion")
# English, Deutsch, français, español, italiano, português, Nederlands, 中文, 日本語
_DAYS = (
    *("Day", "Week", "Month", "Date", "Tag", "Woche", "Monat", "Jour", "Semaine", "Mois"),
    *("Día", "Semana", "Mes", "天", "日期", "周", "月", "日", "Giorno", "Settimana", "Mese", "Dia"),
    *("Mês", "Dag", "Maand", "週"),
)
_SOLD = (
    *("Conv. value", "Total conv. value", "Conv.-Wert", "Valeur de conv.", "Valor de conv."),
    *("转化价值", "Valore conv.", "Valor da conv.", "Conv.waarde", "コンバージョン値"),
)
_CURRENCY = (
    *("Currency code", "Currency", "Währungscode", "Code de devise", "Código de moneda"),
    *("货币代码", "Codice valuta", "Código da moeda", "Valutacode", "通貨コード"),
)
_CAMPAIGN = (
    *("Campaign", "Kampagne", "Campagne", "Campaña", "广告系列", "Campaign name", "Campagna"),
    *("Campanha", "キャンペーン"),
)
_GROUP = ("Ad group", "Anzeigengruppe", "Groupe d'annonces", "Grupo de anuncios", "广告组")
_BESIDE = (
    *("Campaign status", "Campaign type", "Campaign state", "Budget", "Budget type"),
    *("Budget name", "Status", "Status reasons", "CTR", "Avg. CPC", "Avg. CPM", "Cost / conv."),
    *("Conv. rate", "Interactions", "Interaction rate", "Avg. cost", "Bid strategy"),
    *("Bid strategy type", "Optimization score", "All conv.", "View-through conv.", "Account"),
    *("Customer ID", "Account name", "Search impr. share", "Cross-device conv.", "Ad group"),
    *("Kampagnenstatus", "Kampagnentyp", "Durchschn. CPC", "Kosten/Conv.", "Conv.-Rate"),
    *("État de la campagne", "Type de campagne", "CPC moy.", "Coût/conv.", "Taux de conv."),
    *("Estado de la campaña", "Tipo de campaña", "CPC medio", "CPC prom.", "Coste/conv."),
    *("广告系列状态", "广告系列类型", "预算", "点击率", "平均每次点击费用", "每次转化费用"),
)


_GOOGLE_ADS_SIGNS = names(
    "Currency code | Campaign type | Conv. value | Cost / conv. | Impr.",
    "Campaign status | Avg. CPC | Interaction rate | Optimization score | Währungscode",
    "Kampagnentyp | Conv.-Wert | Kosten/Conv. | Code de devise | Valeur de conv.",
    "Codice valuta | Valore conv. | Código da moeda | Valor da conv. | Valutacode | 通貨コード",
    "Coût/conv. | Código de moneda | Valor de conv. | 货币代码 | 每次转化费用 | 平均每次点击费用 | 转化价值",
)


@IMPORTERS.register
def google_ads() -> Importer:
    """Google Ads campaign report in English, German, French, Spanish, Italian, Portuguese, Dutch,
    Chinese or Japanese, by day, week or month -> spend with claimed conversions.
    """
    # headers: https://support.google.com/google-ads/answer/2454071
    return Importer(
        "Google Ads",
        "spend",
        rank=30,
        channel="google",
        also=("google", "adwords"),
        sign=_GOOGLE_ADS_SIGNS,
        key=("_campaign", "_group"),
        beside=_BESIDE,
        columns=(
            day(*_DAYS),
            money(
                "spend", "Cost | Kosten | Coût | Coste | Costo | 费用 | Custo | 費用", required=True
            ),
            count("exposures", "Impr. | Impressions | 展示次数 | 展示 | Vert. | 表示回数"),
            count(
                "clicks",
                "Clicks | Klicks | Clics | 点击次数 | 点击 | Clic | Cliques | Klikken | クリック数",
            ),
            number(
                "claimed",
                "Conversions | Conv. | Conversiones | 转化次数 | 转化 | Conversioni | Conversões",
                "Conversies | コンバージョン",
                say=_CLAIM,
            ),
            money("gmv", *_SOLD, say=_CLAIM),
            words("currency", *_CURRENCY),
            words("_campaign", *_CAMPAIGN),
            words("_group", *_GROUP),
        ),
        records=(Recorded("Conv. value / cost", None, _("sales / spend")),),
    )


_MICROS = (
    "metrics_cost_micros",
    "metrics.cost_micros",
    "cost_micros",
    "Cost (micros)",
    "costMicros",
)


_GOOGLE_ADS_API_BESIDE = names(
    "campaign_status | campaign.status | customer_id | customer.id | metrics_ctr",
    "metrics_average_cpc",
)


_GOOGLE_ADS_API_SIGNS = names(
    *_MICROS,
    "segments_date | segments.date | metrics_conversions | metrics.conversions",
    "metrics_impressions | metrics.impressions | metrics_clicks | metrics.clicks",
)


@IMPORTERS.register
def google_ads_api() -> Importer:
    """Google Ads API and its copies in BigQuery, with costs in millionths -> spend with claimed
    conversions.
    """
    # fields: https://developers.google.com/google-ads/api/fields/v17/metrics
    return Importer(
        "Google Ads API",
        "spend",
        rank=30,
        channel="google",
        also=("google ads bigquery",),
        sign=_GOOGLE_ADS_API_SIGNS,
        key=("_campaign", "_group"),
        beside=_GOOGLE_ADS_API_BESIDE,
        columns=(
            day(
                "segments_date | segments.date | segments_week | segments.week | segments_month",
                "segments.month | date | day",
            ),
            money("spend", *_MICROS, required=True, scale=dict.fromkeys(_MICROS, 1e-6)),
            count("exposures", "metrics_impressions | metrics.impressions | impressions"),
            count("clicks", "metrics_clicks | metrics.clicks | clicks"),
            number(
                "claimed", "metrics_conversions | metrics.conversions | conversions", say=_CLAIM
            ),
            money(
                "gmv",
                "metrics_conversions_value | metrics.conversions_value | conversions_value",
                "conversion_value",
                say=_CLAIM,
            ),
            words("currency", "customer_currency_code | customer.currency_code | currency_code"),
            ident("_campaign", "campaign_id | campaign.id | campaign_name | campaign.name"),
            ident("_group", "ad_group_id | ad_group.id | ad_group_name | ad_group.name"),
        ),
    )
