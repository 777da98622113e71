"""A login that ended under an open page: the page is told so and keeps what was typed; it is never thrown away.

Who signs out on purpose leaves nothing behind: their browser is told to forget what was typed, in every tab.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django_htmx.middleware import HtmxDetails

Handler = Callable[[HttpRequest], HttpResponse]

# Set by our scripts: whose page it is that asks.
PAGE_USER = "X-Page-User"
# Read and deleted by static/js/login.js on the page that comes next, the first of the browser without a login.
FORGET = "forget-typed"
FORGET_SECONDS = 24 * 60 * 60


def keep_to_its_user(get_response: Handler) -> Handler:
    """Answer 401 to a page whose login has ended, also if somebody else has signed in in the same browser since."""

    def middleware(request: HttpRequest) -> HttpResponse:
        page_user = request.headers.get(PAGE_USER)
        if page_user and page_user != str(request.user.pk):
            return HttpResponse("This page's login has ended.", status=401, content_type="text/plain")
        response = get_response(request)
        if is_to_sign_in(response):
            response = ended(request, response)
        if getattr(request, "has_signed_out", False):
            response.set_cookie(
                FORGET, "yes", max_age=FORGET_SECONDS, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
            )
        return response

    return middleware


def is_to_sign_in(response: HttpResponse) -> bool:
    return response.status_code == 302 and response["Location"].startswith(settings.LOGIN_URL)


def ended(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """In a panel the sign-in page has no place. After a form one comes back to its page, not to where it was sent."""
    if HtmxDetails(request):
        return HttpResponse("You are signed out.", status=401, content_type="text/plain")
    if request.method != "POST" or request.path == settings.LOGIN_URL:
        return response
    page = own_page(request)
    return HttpResponseRedirect(f"{settings.LOGIN_URL}?{urlencode({'next': page})}" if page else settings.LOGIN_URL)


def own_page(request: HttpRequest) -> str:
    """The page of ours with the form that was sent, as the browser names it."""
    origin = urlsplit(request.headers.get("Referer", ""))
    if origin.netloc != request.get_host():
        return ""
    return f"{origin.path}?{origin.query}" if origin.query else origin.path


@receiver(user_logged_out)
def on_signed_out(sender: object, request: HttpRequest, **kwargs: object) -> None:
    request.has_signed_out = True  # type: ignore[attr-defined]  # read above, by the same request
