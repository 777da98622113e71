"""Small things every template draws: an icon, a person's initials, the mark."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Any

from django import template
from django.forms import BaseForm, BoundField
from django.forms.utils import flatatt
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crm import text
from crm.models import short_name
from crm.pages.forms import focus_first_wrong

register = template.Library()


@register.simple_tag
@cache  # a list draws a hundred, all of a few kinds
def icon(name: str, extra: str = "") -> SafeString:
    """One outline from the sprite. Decoration only: the words stand beside it."""
    return format_html(
        '<svg class="i{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f" {extra}" if extra else "",
        static("icons.svg"),
        name,
    )


@register.simple_tag
def avatar(person: Any, extra: str = "") -> SafeString:
    """Initials on a quiet tint. The name is always written or spoken elsewhere."""
    if isinstance(person, dict):
        return initialled(person["tint"], person["initials"], extra)
    return initialled(person.tint, person.initials, extra)


@lru_cache(maxsize=1_000)
def initialled(tint: int, initials: str, extra: str) -> SafeString:
    return format_html(
        '<span class="avatar tint-{}{}" aria-hidden="true">{}</span>', tint, f" {extra}" if extra else "", initials
    )


@register.simple_tag
def pick(field: BoundField) -> SafeString:
    """A select, as Django draws it but in one piece: it takes a template for each option."""
    widget = field.field.widget
    attributes = widget.build_attrs(widget.attrs, field.build_widget_attrs({"id": field.auto_id}, widget))
    chosen = widget.format_value(field.value())
    choices = [(str("" if value is None else value), label) for value, label in widget.choices]
    options = format_html_join(
        "", '<option value="{}"{}>{}</option>', ((v, " selected" * (v in chosen), label) for v, label in choices)
    )
    return format_html('<select name="{}"{}>{}</select>', field.html_name, flatatt(attributes), options)


# The pages of Settings in their order: the name of each one's address, and its pill.
SETTINGS = {"policy": "Policy", "webhooks": "Webhooks"}


@register.simple_tag
def settings_pages(request: HttpRequest) -> list[dict[str, object]]:
    """Each page of Settings with its address, and whether it is the one that is open, or a part of it."""
    addresses = {name: reverse(name) for name in SETTINGS}
    return [
        {"label": SETTINGS[name], "url": address, "current": request.path.startswith(address)}
        for name, address in addresses.items()
    ]


@register.simple_tag
def nav_href(request: HttpRequest, name: str) -> SafeString:
    """The href of a link in the frame, marked where it leads to this page, or to the part of Tandem this page is in."""
    address = reverse(name)
    current = "page" if request.path == address else "true" if request.path.startswith(address) else ""
    mark = format_html(' aria-current="{}"', current) if current else ""
    return format_html('href="{}"{}', address, mark)


@register.simple_tag
def focus(form: BaseForm) -> str:
    """Before a form is drawn: the focus goes to the first field that is wrong."""
    focus_first_wrong(form)
    return ""


@register.filter
def first_name(name: str) -> str:
    """What a user of this name is called after the first mention: "Alice" for "Alice Jones"."""
    return short_name(name)


@register.filter
def web_address(typed: str) -> str:
    """A website as people type it, made into an address; nothing for any scheme but the web's."""
    if typed.startswith(("http://", "https://")):
        return typed
    else:
        return "" if not typed or ":" in typed.split("/")[0] else f"https://{typed}"


@register.filter
def counted(number: int, words: str) -> str:
    """{{ 1|counted:"contact" }} is "1 contact", {{ 2|counted:"try,tries" }} is "2 tries"."""
    one, _, many = words.partition(",")
    return text.counted(number, one, many)


@register.filter
def thousands(number: int) -> str:
    """ "5,000"."""
    return f"{number:,}"
