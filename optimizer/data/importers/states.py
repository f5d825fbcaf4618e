"""What an order's status says in its words, and an order that stands in several rows: as SQL."""

from __future__ import annotations

from optimizer.data.engine import literal

# words of the trade for an order that is none, or was given back, as `plain` writes them; whatever
# else stands there is an order
STATES: dict[str, tuple[str, ...]] = {
    "cancelled": (
        *("cancelled", "canceled", "void", "voided", "failed", "failure", "declined", "rejected"),
        *("abandoned", "trash", "blocked", "已取消", "取消", "交易取消", "订单取消", "已作废"),
        *("交易关闭", "已关闭", "订单关闭", "支付失败", "付款失败", "(删除)已取消", "(锁定)已取消"),
    ),
    "refunded": (
        *("refunded", "fully refunded", "refund", "returned", "return", "charged back"),
        *("chargeback", "shipped returned to seller", "shipped returning to seller"),
        *(
            "已退款",
            "退款成功",
            "全额退款",
            "已退货",
            "退货退款",
            "退货成功",
            "退款完成",
            "已全额退款",
        ),
    ),
    "unpaid": (
        *("unpaid", "pending", "pending payment", "payment pending", "awaiting payment", "draft"),
        *("on hold", "expired", "authorized", "checkout draft", "incomplete", "open"),
        *("requires payment method", "requires action", "requires confirmation", "not paid"),
        *("待付款", "未付款", "等待付款", "待支付", "未支付", "等待买家付款", "等待付款确认"),
    ),
}


def plain(column: str) -> str:
    """SQL: a status as it is compared: lower case, one blank between words, no marks."""
    spaced = f"regexp_replace(lower(trim({column})), '[-_\\s]+', ' ', 'g')"
    return f"regexp_replace(regexp_replace({spaced}, '^wc ', ''), '（([^）]*)）', '(\\1)')"


def state(column: str = "status") -> str:
    """SQL: paid, refunded, cancelled or unpaid, as a status says; without one, paid.

    Parameters
    ----------
    column
        SQL of the status.
    """
    cases = " ".join(
        f"WHEN {plain(column)} IN ({', '.join(literal(word) for word in words)}) THEN {literal(to)}"
        for to, words in STATES.items()
    )
    return f"CASE WHEN {column} IS NULL THEN 'paid' {cases} ELSE 'paid' END"


def orders_of_lines(
    state: str,
    value: str = "value",
    *,
    whole: bool = False,
    refund: str = "",
    whole_refund: bool = False,
    time: str = "timestamp",
    where: str = "TRUE",
) -> str:
    """SQL of `Importer.rows`: one order from the rows of its items.

    Items that were cancelled, never paid or given back are left out of an order of which another
    item stands.

    Parameters
    ----------
    state
        SQL of a row's state.
    value
        SQL of a row's amount.
    whole
        Every row holds the amount of the whole order; else the order's is the sum of its rows.
    refund
        SQL of what was given back of a row, where the export says it.
    whole_refund
        Every row holds what was given back of the whole order.
    time
        SQL of a row's time.
    where
        SQL of the rows that count at all.
    """
    stands = "FILTER (WHERE state = 'paid')"
    amount = "max(_amount)" if whole else f"coalesce(sum(_amount) {stands}, sum(_amount))"
    back = f"{'max' if whole_refund else 'sum'}(_back)"
    given = f", {refund} AS _back" if refund else ""
    returned = f", coalesce({back} {stands}, {back}) AS refund" if refund else ""
    return f"""
        WITH lines AS (
            SELECT *, {value} AS _amount{given}, {state} AS state FROM {{rows}} WHERE {where})
        SELECT order_id, min(user_id) AS user_id, min({time}) AS timestamp,
            {amount} AS value{returned},
            CASE WHEN bool_or(state = 'paid') THEN 'paid'
                 WHEN bool_or(state = 'refunded') THEN 'refunded'
                 WHEN bool_or(state = 'cancelled') THEN 'cancelled' ELSE 'unpaid' END AS state
        FROM lines GROUP BY order_id"""
