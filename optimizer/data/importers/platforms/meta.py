"""Meta (Facebook, Instagram): exports of the Ads Manager in eleven languages, and of its API."""

from __future__ import annotations

from optimizer.data.importers.columns import count, day, money, names, number, until, words
from optimizer.data.importers.declare import IMPORTERS, Importer, Recorded
from optimizer.messages import _

# English, 中文, Deutsch, français, español, italiano, português, Nederlands, polski, 日本語, 한국어
_STARTS = (
    *("Reporting starts", "报告开始日期", "Berichtsstart", "Beginn des Berichts"),
    *("Début des rapports", "Inicio del informe", "Inizio report", "Inizio dei report"),
    *("Início dos relatórios", "Begin rapportage", "Rozpoczęcie raportu", "レポート開始日"),
    *("보고 시작", "date_start"),
)
_ENDS = (
    *("Reporting ends", "报告结束日期", "Berichtsende", "Ende des Berichts"),
    *("Fin des rapports", "Fin del informe", "Fine report", "Fine dei report", "date_stop"),
    *("Término dos relatórios", "Fim dos relatórios", "Einde rapportage", "Zakończenie raportu"),
    *("レポート終了日", "보고 종료"),
)
_DAYS = (
    *("Day", "Week", "Month", "日期", "天", "单日", "周", "月", "Tag", "Woche", "Monat", "Jour"),
    *("Semaine", "Mois", "Día", "Semana", "Mes", "Giorno", "Settimana", "Mese", "Date"),
    *(
        "Dia",
        "Mês",
        "Dag",
        "Week",
        "Maand",
        "Dzień",
        "Tydzień",
        "Miesiąc",
        "日",
        "週",
        "일",
        "주",
        "월",
    ),
)
_SPENT = (
    *("Amount spent", "已花费金额", "花费金额", "Ausgegebener Betrag", "Montant dépensé"),
    *("Importe gastado", "Importo speso", "Montante gasto", "Valor usado", "Valor gasto"),
    *("Besteed bedrag", "Wydana kwota", "消化金額", "지출 금액", "spend"),
)
_SHOWN = (
    *("Impressions", "展示次数", "Impressionen", "Impresiones", "Impression", "Impressioni"),
    *("Impressões", "Weergaven", "Wyświetlenia", "インプレッション", "インプレッション数", "노출"),
)
_CLICKS = (
    *("Link clicks", "链接点击量", "Link-Klicks", "Clics sur un lien", "Clics sur le lien"),
    *("Clics en el enlace", "Clic sul link", "Cliques no link", "Cliques na ligação"),
    *(
        "Klikken op link",
        "Linkklikken",
        "Kliknięcia linku",
        "リンクのクリック",
        "リンクのクリック数",
    ),
    *("링크 클릭", "inline_link_clicks", "Clicks (all)"),
    *("点击量（全部）", "Klicks (alle)", "Clics (tous)", "Clics (todos)", "Clic (tutti)", "clicks"),
)
_BOUGHT = (
    *(
        "Purchases",
        "Website purchases",
        "购物次数",
        "网站购物",
        "购买次数",
        "Käufe",
        "Website-Käufe",
    ),
    *("Achats", "Achats sur le site web", "Compras", "Compras en el sitio web", "Acquisti"),
    *("Acquisti sul sito web", "Results", "成效", "Ergebnisse", "Résultats", "Resultados"),
    *("Risultati", "Compras no site", "Aankopen", "Zakupy", "購入", "구매", "Resultaten", "Wyniki"),
    *("結果", "결과"),
)
_SOLD = (
    *(
        "Purchases conversion value",
        "Purchase conversion value",
        "Website purchases conversion value",
    ),
    *("购物转化价值", "Conversion-Wert für Käufe", "Conversion-Wert von Käufen"),
    *("Valeur de conversion des achats", "Valor de conversión de compras"),
    "Valore di conversione degli acquisti",
)
_CAMPAIGN = (
    *("Campaign name", "广告系列名称", "Kampagnenname", "Name der Kampagne", "Nom de la campagne"),
    *("Nombre de la campaña", "Nome della campagna", "Nome campagna", "campaign_name"),
    *("Nome da campanha", "Campagnenaam", "Naam campagne", "Nazwa kampanii", "キャンペーン名"),
    "캠페인 이름",
)
_SET = (
    *("Ad set name", "广告组名称", "Anzeigengruppenname", "Name der Anzeigengruppe"),
    *("Nom de l'ensemble de publicités", "Nombre del conjunto de anuncios"),
    *("Nome del gruppo di inserzioni", "Nome do conjunto de anúncios", "Naam advertentieset"),
    *("Nazwa zestawu reklam", "広告セット名", "광고 세트 이름", "adset_name"),
)
_AD = (
    *("Ad name", "广告名称", "Anzeigenname", "Nom de la publicité", "Nombre del anuncio"),
    *("Nome dell'inserzione", "Nome do anúncio", "Naam advertentie", "Nazwa reklamy"),
    *("広告名", "広告の名前", "광고 이름", "ad_name"),
)
_WINDOW = _("within the attribution setting of the account")
_BESIDE = (
    *("Campaign delivery", "Ad set delivery", "Ad delivery", "Attribution setting", "Ends"),
    *("Result indicator", "Result type", "Reach", "Frequency", "Cost per results"),
    *("Cost per result", "CPC (cost per link click)", "CTR (link click-through rate)", "CTR (all)"),
    *("CPM (cost per 1,000 impressions)", "CPC (all)", "Account name", "Account ID"),
    *("Ad set budget", "Ad set budget type", "Campaign ID", "Landing page views", "Budget"),
    *("覆盖人数", "频次", "成效指标", "单次成效费用", "归因设置", "投放状态", "广告系列投放"),
    *("CPM（千次展示费用）", "加入购物车次数", "结账发起次数", "点击率（全部）", "链接点击率"),
    *("Reichweite", "Frequenz", "Kosten pro Ergebnis", "Auslieferung der Kampagne"),
    *("Attributionseinstellung", "Ergebnisindikator", "CPM (Kosten pro 1.000 Impressionen)"),
    *("CPC (Kosten pro Link-Klick)", "CTR (Link-Klickrate)", "Kampagnenauslieferung"),
    *("Couverture", "Répétition", "Coût par résultat", "Diffusion de la campagne"),
    *("Paramètre d'attribution", "Indicateur de résultat", "Portée", "Fréquence"),
    *("CPC (coût par clic sur un lien)", "CPM (Coût pour 1 000 impressions)"),
    *("Alcance", "Frecuencia", "Coste por resultado", "Costo por resultado", "Copertura"),
    *("Frequenza", "Costo per risultato", "Entrega de la campaña", "Indicador de resultados"),
    *("account_id", "account_name", "campaign_id", "adset_id", "ad_id", "actions", "reach"),
    *("action_values", "frequency", "cpm", "ctr", "cpc", "Frequência", "Custo por resultado"),
    *("Veiculação da campanha", "Bereik", "Zasięg", "リーチ", "フリークエンシー", "도달", "빈도"),
)


@IMPORTERS.register
def meta_ads() -> Importer:
    """Meta Ads Manager (Facebook, Instagram) in English, Chinese, German, French, Spanish,
    Italian, Portuguese, Dutch, Polish, Japanese or Korean, by day, week or month -> spend with
    claimed purchases.
    """
    # headers: https://www.facebook.com/business/help/1195204990570193 and its translations
    return Importer(
        "Meta Ads",
        "spend",
        rank=30,
        channel="meta",
        also=("facebook", "facebook ads", "meta", "Meta 广告"),
        sign=names(
            *(name for name in (*_STARTS, *_SPENT) if name != "spend"),
            "Link clicks | Campaign delivery | Attribution setting | Result indicator",
            "Purchase ROAS | 广告系列名称 | 成效 | 链接点击量 | Kampagnenname | Link-Klicks",
            "Nom de la campagne | Clics sur un lien | Clics en el enlace | Clic sul link",
            "Cliques no link | Linkklikken | Kliknięcia linku | リンクのクリック | 링크 클릭",
        ),
        key=("_campaign", "_set", "_ad"),
        spans=_STARTS,
        beside=_BESIDE,
        columns=(
            day(*_DAYS, *_STARTS),
            until(*_ENDS),
            money("spend", *_SPENT, required=True),
            count("exposures", *_SHOWN),
            count("clicks", *_CLICKS),
            number("claimed", *_BOUGHT, say=_WINDOW),
            money("gmv", *_SOLD, say=_WINDOW),
            words("currency", "Currency | 货币 | Währung | Devise | Divisa | Valuta"),
            words("_campaign", *_CAMPAIGN),
            words("_set", *_SET),
            words("_ad", *_AD),
        ),
        records=(Recorded("Purchase ROAS (return on ad spend)", None, _("sales / spend")),),
    )
