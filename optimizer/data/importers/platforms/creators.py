"""Creator lists: 灰豚 and its like, and the price sheets agencies send."""

from __future__ import annotations

from optimizer.data.importers.columns import NO_LIST, names
from optimizer.data.importers.declare import IMPORTERS, Importer
from optimizer.data.reading.columns import Column, column
from optimizer.messages import _

_NOT_FOR_SALE = ("无接单权限", "未开通", "暂不接单", "不接", "不接图文", "不接视频")

# Headers of agencies' price sheets, as collected from public code
# (data/headers/kol_price_header_aliases.csv).
FOLLOWERS = column(
    "followers",
    *names(
        "粉丝数 | 粉丝量 | 粉丝数(万) | 粉丝数（w） | 粉丝量(w) | 粉丝量（万） | 粉丝数万 | 粉丝量万 | 粉丝量级 | 账号量级"
    ),
    kind="count",
    scale={"粉丝数万": 1e4, "粉丝量万": 1e4},
    unclear=("粉丝量级", "账号量级"),
)
LIKES = column(
    "likes", *names("赞藏 | 赞藏数 | 赞藏总数 | 赞藏量 | 获赞与收藏 | 赞藏数（万）"), kind="count"
)
POST_PRICE = column(
    "post_price",
    *names(
        "图文报价 | 图文笔记报价 | 图文笔记一口价 | 图文笔记一口价(含平台服务费) | 图文价格 | 图文裸价 | 报备图文 | 报备图文裸价 | 报备图文价格",
        "报备图文（不含平台服务费） | 图文价格（不含平台服务费）",
    ),
    kind="money",
    missing=_NOT_FOR_SALE,
    say=_("as quoted: 一口价 and 含 hold the platform's fee, 裸价 and 不含 do not"),
)
VIDEO_PRICE = column(
    "video_price",
    *names(
        "视频报价 | 视频笔记报价 | 视频笔记一口价 | 视频笔记一口价(含平台服务费) | 视频价格 | 视频裸价 | 报备视频 | 报备视频裸价 | 报备视频价格",
        "报备视频价格（不含平台服务费） | 视频价格（不含平台服务费）",
    ),
    kind="money",
    missing=_NOT_FOR_SALE,
    say=_("as quoted: 一口价 and 含 hold the platform's fee, 裸价 and 不含 do not"),
)


def _who(*more: str) -> tuple[Column, ...]:
    return (
        column(
            "creator",
            *names(
                "达人名称 | 达人昵称 | 博主昵称 | 博主名称 | 昵称 | 账号名称 | 账号 | 达人 | 博主 | creator | 达人账号 | 账号昵称 | 名字",
                "姓名 | KOL | kol名称 | 主播",
                *more,
            ),
        ),
        column(
            "creator_id",
            *names("小红书号 | 达人ID | 账号ID | 抖音号 | 小红书ID | creator_id"),
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
        seen="a header row in public code",
        channel="xiaohongshu",
        also=("灰豚",),
        sign=names(
            "灰豚指数 | 达人官方地址 | 水粉占比 | 图文CPE | 视频CPE | 品牌合作人 | 近60天爆文率"
        ),
        against=NO_LIST,
        beside=names(
            "性别 | 地域 | 简介 | 联系邮箱 | 更新时间 | 认证信息 | 签约MCN | 达人标签 | 认证类型",
            "商业笔记总数 | 近7天笔记数 | 近60天笔记数 | 近60天平均点赞 | 近60天平均收藏 | 近60天平均评论",
            "近60天平均分享 | 活跃粉丝占比 | 粉丝男/女 | 粉丝地域 | 粉丝年龄 | 粉丝活跃时间 | 粉丝关注焦点",
            "图文CPM | 视频CPM",
        ),
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
        seen="headers collected from public code",
        also=("报价表", "kol"),
        general=True,
        against=NO_LIST,
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
