"""The methods on every page: their keys, and the words that scripts say about them."""

from __future__ import annotations

from django import template
from django.utils.html import format_html, format_html_join, json_script
from django.utils.safestring import SafeString

from leads.methods import ContactMethod

register = template.Library()

# A block of data, which no browser runs: the site's policy admits no script inside a page.
WORDS = json_script(
    {method.value: {"did": method.words.did, "just_did": method.words.just_did} for method in ContactMethod},
    element_id="method-words",
)

FIRST, *OTHERS = ContactMethod
KEYS = format_html(
    "<div><dt>{}</dt><dd>{}</dd></div>",
    ", ".join([FIRST.label, *(method.inline for method in OTHERS)]),
    format_html_join(
        " ",
        '<kbd data-method="{}" data-method-key="{}">{}</kbd>',
        ((method.value, method.words.key, method.words.key.upper()) for method in ContactMethod),
    ),
)


@register.simple_tag
def method_keys() -> SafeString:
    """The line of the methods in the overview of keys, the same on every page; keys.js reads it too."""
    return KEYS


@register.simple_tag
def method_words() -> SafeString:
    """What live.js says of each method."""
    return WORDS
