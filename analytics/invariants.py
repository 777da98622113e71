"""The daily summary equals a recount of the attempts."""

from __future__ import annotations

from analytics.daily.rebuild import rebuild_all
from analytics.daily.upkeep import KEY, counted, summed
from crm.invariants import invariant


@invariant(11, "Each day's numbers equal a recount of its attempts.", repair=rebuild_all)
def daily_numbers() -> str:
    kept = f"SELECT {KEY}, -attempts, -responses, -response_seconds FROM analytics_dailysummary"
    drift = summed(f"{counted('outreach_contactattempt')} UNION ALL {kept}")
    return f"SELECT company_id, concat_ws(' ', day, method, direction, rep) FROM ({drift}) AS drift"
