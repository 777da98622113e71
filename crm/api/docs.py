"""The docs page: Swagger UI from the package, started by a file of our own, under the site's strict policy."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_safe


@require_safe
@ensure_csrf_cookie
@login_not_required
def docs(request: HttpRequest) -> HttpResponse:
    return render(request, "crm/api/api_docs.html")
