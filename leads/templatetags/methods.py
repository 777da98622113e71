"""The methods on every page: their keys, and the words that scripts say about them."""

from __future__ import annotations

from django import template
from django.utils.html import json_script
from django.utils.safestring import SafeString

from leads.methods import ContactMethod

register = template.Library()

# A block of data, which no browser runs: the site's policy admits no script inside a page.
WORDS = json_script(
    {method.value: {"did": method.words.did, "just_did": method.words.just_did} for method in ContactMethod},
    element_id="method-words",
)


@register.simple_tag
def contact_methods() -> list[ContactMethod]:
    return list(ContactMethod)


@register.simple_tag
def method_words() -> SafeString:
    """What live.js says of each method."""
    return WORDS
