"""Small things every template draws: an icon, a person's initials, the mark."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

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
    return format_html(
        '<span class="avatar tint-{}{}" aria-hidden="true">{}</span>',
        person["tint"] if isinstance(person, dict) else person.tint,
        f" {extra}" if extra else "",
        person["initials"] if isinstance(person, dict) else person.initials,
    )


@register.filter
def first_name(name: str) -> str:
    """What one calls the person after the first mention."""
    return name.split()[0] if name.strip() else name


@register.filter
def web_address(typed: str) -> str:
    """A website as people type it, made into an address; nothing for any scheme but the web's."""
    if typed.startswith(("http://", "https://")):
        return typed
    else:
        return "" if not typed or ":" in typed.split("/")[0] else f"https://{typed}"


@register.filter
def thousands(number: int) -> str:
    """ "5,000"."""
    return f"{number:,}"
