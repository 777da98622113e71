"""The dashboard, the rows behind its numbers, and its tables as CSV. Managers see everybody's, reps their own."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET
from django.views.decorators.vary import vary_on_headers

from analytics.numbers.filters import ReportForm
from analytics.numbers.report import read_report
from analytics.numbers.rows import RowsForm, read_page
from analytics.page.dashboard import page_context
from analytics.page.rows_page import rows_context
from analytics.page.tables import TABLES, as_csv
from crm.pages.request import SignedInRequest


@require_GET
@vary_on_headers("HX-Request")
def dashboard(request: SignedInRequest) -> HttpResponse:
    """The report by the filters in the address; without the page around it when a filter changed in place."""
    if request.user.company_id is None:
        return redirect("admin:index")
    form = ReportForm(request.GET, viewer=request.user)
    context = page_context(read_report(form.filters()), form, all_reps="all_reps" in request.GET)
    template = "analytics/dashboard/_report.html" if request.htmx else "analytics/dashboard/dashboard.html"
    return render(request, template, context, status=200 if form.is_valid() else 422)


@require_GET
@vary_on_headers("HX-Request")
def rows(request: SignedInRequest) -> HttpResponse:
    """The rows behind a number; only the next rows without the page around them for a request in place."""
    if request.user.company_id is None:
        return redirect("admin:index")
    form = RowsForm(request.GET, viewer=request.user)
    filters = form.filters()
    context = rows_context(read_page(form, filters), form, filters)
    template = "analytics/rows/_rows.html" if request.htmx else "analytics/rows/rows.html"
    return render(request, template, context, status=200 if form.is_valid() else 422)


@require_GET
def table_csv(request: SignedInRequest, table: str) -> HttpResponse:
    """One table of the report by the filters in the address. Raises Http404 for a table there is not."""
    if table not in TABLES or request.user.company_id is None:
        raise Http404("No such table.")
    form = ReportForm(request.GET, viewer=request.user)
    filters = form.filters()
    if not form.is_valid():
        problems = "; ".join(f"{name}: {' '.join(map(str, messages))}" for name, messages in form.errors.items())
        return HttpResponse(problems, status=422, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(as_csv(TABLES[table](read_report(filters))), content_type="text/csv; charset=utf-8")
    name = f"{table}-{filters.span.first}-{filters.span.last}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
