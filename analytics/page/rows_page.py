"""What the page of rows shows: which rows these are, and each of them in words."""

from __future__ import annotations

from django.urls import reverse

from analytics.numbers.filters import Asked
from analytics.numbers.rows import Page, Row, RowsForm, narrowed_words
from analytics.page.dashboard import span_words
from analytics.page.words import length_words
from leads.methods import ContactMethod
from outreach.models import Direction


def rows_context(page: Page, form: RowsForm, asked: Asked) -> dict[str, object]:
    said = {name: value for name, value in form.narrowed().items() if value not in (None, "")}
    base = reverse("analytics_rows")
    return {
        "title": page.title,
        "total": page.total,
        "about": about(form, asked),
        "rows": [row_words(row) for row in page.rows],
        "more_url": base + asked.query(**said, before=page.next) if page.next else "",
        "newest_url": base + asked.query(**said) if form.place() else "",
        "report_url": reverse("analytics") + asked.query(),
        "filters": form,
    }


def about(form: RowsForm, asked: Asked) -> str:
    """ "26 Oct to 24 Nov, email, Alice Jones, outbound"."""
    rep = next((rep.name for rep in asked.reps if rep.id == asked.rep), "")
    method = ContactMethod(asked.method).label if asked.method else ""
    words = [span_words(asked), method, rep, asked.direction or "both directions", narrowed_words(form.narrowed())]
    return ", ".join(word for word in words if word)


def row_words(row: Row) -> dict[str, object]:
    method = ContactMethod(row.method)
    answer = length_words((row.response_at - row.occurred_at).total_seconds()) if row.response_at else ""
    return {
        "row": row,
        "icon": "reply" if row.direction == Direction.INBOUND else method.words.icon,
        "inbound": row.direction == Direction.INBOUND,
        "method": method.label,
        "answer": answer,
    }
