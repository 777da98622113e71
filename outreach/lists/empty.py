"""What the list says when it shows no lead: why there is none, and the way on."""

from __future__ import annotations

from dataclasses import dataclass

from outreach.lists.filters import Filters, narrowed
from outreach.lists.named_views import VIEWS


@dataclass(frozen=True)
class EmptyList:
    """show_view, show_first, make_new: which ways on are offered besides all leads."""

    words: str
    show_view: str = ""  # the name of the view whose other leads are hidden
    show_first: bool = False  # the first page
    show_all: bool = True
    make_new: bool = False


def empty_list(values: Filters, counts: dict[str, int], *, is_later_page: bool) -> EmptyList:
    """Why the list shows no lead: the company has none, the page is past the end, the filters or the view hide them."""
    view = VIEWS.get(values.get("view") or "")
    filters = narrowed(values)
    if not counts["all"]:
        return EmptyList("No leads yet. Create the first one.", show_all=False, make_new=True)
    elif is_later_page and counts["found"]:
        return EmptyList("Nothing is left on this page. Its leads moved meanwhile.", show_first=True, show_all=False)
    elif filters:
        found = f"No lead matches “{values['q']}”." if filters == ["q"] else "No lead matches these filters."
        shown = view.label if view and counts[values["view"]] else ""
        return EmptyList(found, show_view=shown, make_new=filters == ["q"])
    else:
        return EmptyList(view.empty if view else "No leads yet. Create the first one.", make_new=view is None)
