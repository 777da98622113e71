"""The context of the page of rows: which rows these are, and each of them in words."""

from __future__ import annotations

from dataclasses import asdict

from django.urls import reverse

from analytics.numbers.filters import ReportFilters
from analytics.numbers.rows import Narrowing, NumbersPage, NumbersRow, RowsForm
from analytics.page.dashboard import span_words
from analytics.page.words import WEEKDAYS, length_words
from leads.methods import ContactMethod
from outreach.models import Direction, Rule
from outreach.reviews.guard_counts import GuardNumber
from outreach.reviews.listing import RULE_WORDS


def rows_context(page: NumbersPage, form: RowsForm, filters: ReportFilters) -> dict[str, object]:
    narrowing = asdict(form.narrowing())
    params = {name: value for name, value in narrowing.items() if value not in (None, "")}
    base = reverse("analytics_rows")
    return {
        "title": page.title,
        "heading": page.heading,
        "total": page.total,
        "about": about(form, filters),
        "rows": [row_words(row) for row in page.rows],
        "more_url": base + filters.query(**params, before=page.next) if page.next else "",
        "newest_url": base + filters.query(**params) if form.end() else "",
        "report_url": reverse("analytics") + filters.query(),
        "form": form,
    }


def about(form: RowsForm, filters: ReportFilters) -> str:
    """ "26 Oct to 24 Nov, email, Alice Jones, outbound"."""
    rep = next((rep.name for rep in filters.reps if rep.id == filters.rep), "")
    method = ContactMethod(filters.method).label if filters.method else ""
    words = [
        span_words(filters),
        method,
        rep,
        "" if form.narrowing().show in set(GuardNumber) else filters.direction or "both directions",
        narrowing_words(form.narrowing()),
    ]
    return ", ".join(word for word in words if word)


def narrowing_words(narrowing: Narrowing) -> str:
    """ "cooldown, answered on Tuesdays, from 09:00 to 09:59"."""
    words = [RULE_WORDS[Rule(narrowing.rule)]] if narrowing.rule else []
    if narrowing.weekday:
        words.append(f"answered on {WEEKDAYS[narrowing.weekday - 1]}s")
    if narrowing.hour is not None:
        words.append(f"from {narrowing.hour:02}:00 to {narrowing.hour:02}:59")
    return ", ".join(words)


def row_words(row: NumbersRow) -> dict[str, object]:
    method = ContactMethod(row.method)
    answer = length_words((row.response_at - row.occurred_at).total_seconds()) if row.response_at else ""
    return {
        "row": row,
        "icon": "reply" if row.direction == Direction.INBOUND else method.words.icon,
        "inbound": row.direction == Direction.INBOUND,
        "method": method.label,
        "answer": answer,
    }
