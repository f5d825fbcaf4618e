"""Creator lists: 灰豚 and its like, and the price sheets agencies send."""

from __future__ import annotations

from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import Column, column
from optimizer.messages import _

_NOT_FOR_SALE = ("无接单权限", "未开通", "暂不接单", "不接", "不接图文", "不接视频")

# Headers of agencies' price sheets, as collected from public code
# (data/headers/kol_price_header_aliases.csv).
FOLLOWERS = column(
    "followers",
    "粉丝数",
    "粉丝量",
    "粉丝数(万)",
    "粉丝数（w）",
    "粉丝量(w)",
    "粉丝量（万）",
    "粉丝数万",
    "粉丝量万",
    "粉丝量级",
    "账号量级",
    kind="count",
    scale={"粉丝数万": 1e4, "粉丝量万": 1e4},
    unclear=("粉丝量级", "账号量级"),
)
LIKES = column(
    "likes", "赞藏", "赞藏数", "赞藏总数", "赞藏量", "获赞与收藏", "赞藏数（万）", kind="count"
)
POST_PRICE = column(
    "post_price",
    "图文报价",
    "图文笔记报价",
    "图文笔记一口价",
    "图文笔记一口价(含平台服务费)",
    "图文价格",
    "图文裸价",
    "报备图文",
    "报备图文裸价",
    "报备图文价格",
    "报备图文（不含平台服务费）",
    "图文价格（不含平台服务费）",
    kind="money",
    missing=_NOT_FOR_SALE,
    say=_("as quoted: 一口价 and 含 hold the platform's fee, 裸价 and 不含 do not"),
)
VIDEO_PRICE = column(
    "video_price",
    "视频报价",
    "视频笔记报价",
    "视频笔记一口价",
    "视频笔记一口价(含平台服务费)",
    "视频价格",
    "视频裸价",
    "报备视频",
    "报备视频裸价",
    "报备视频价格",
    "报备视频价格（不含平台服务费）",
    "视频价格（不含平台服务费）",
    kind="money",
    missing=_NOT_FOR_SALE,
    say=_("as quoted: 一口价 and 含 hold the platform's fee, 裸价 and 不含 do not"),
)


def _who(*more: str) -> tuple[Column, ...]:
    return (
        column(
            "creator",
            "达人名称",
            "达人昵称",
            "博主昵称",
            "博主名称",
            "昵称",
            "账号名称",
            "账号",
            "达人",
            "博主",
            "creator",
            "达人账号",
            "账号昵称",
            "名字",
            "姓名",
            "KOL",
            "kol名称",
            "主播",
            *more,
        ),
        column(
            "creator_id",
            "小红书号",
            "达人ID",
            "账号ID",
            "抖音号",
            "小红书ID",
            "creator_id",
            kind="id",
            prefer=True,
        ),
    )


@IMPORTERS.register
def huitun() -> Importer:
    """灰豚-style creator lists: followers, notes and quoted prices -> creators."""
    return Importer(
        "灰豚达人列表",
        "creators",
        rank=35,
        channel="xiaohongshu",
        also=("灰豚",),
        sign=("灰豚指数", "达人官方地址", "水粉占比", "图文CPE"),
        key=("creator_id", "creator"),
        either=("creator", "creator_id"),
        columns=(
            *_who(),
            FOLLOWERS,
            LIKES,
            column("posts", "笔记总数", kind="count"),
            POST_PRICE,
            VIDEO_PRICE,
        ),
    )


@IMPORTERS.register
def creator_prices() -> Importer:
    """Price sheets of creators, as agencies send them, under any of their usual headers ->
    creators.
    """
    return Importer(
        "达人报价表",
        "creators",
        rank=35,
        also=("报价表", "kol"),
        key=("platform", "creator_id", "creator"),
        either=("creator", "creator_id"),
        columns=(
            *_who("名称"),
            FOLLOWERS,
            LIKES,
            POST_PRICE,
            VIDEO_PRICE,
            column("platform", "平台", "platform"),
            column("tier", "层级", "tier"),
        ),
    )
