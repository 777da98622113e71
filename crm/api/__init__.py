"""The JSON API that other tools ask before they send. The apps above bring its operations; crm/urls.py joins them."""

from crm.api.parser import JsonParser
from crm.api.problems import register
from crm.api.schema import DescribedAPI

DESCRIPTION = """
The same rules, verbs and numbers as the pages, for mail add-ons, sequencers, dialers and scripts.

**Ask before you send** (`POST /contacts/check`), **log what was sent** (`POST /leads/{lead_id}/contacts`), mark answers
(`PATCH /contacts/{contact_id}/responded`).

- **Who calls.** A personal token as `Authorization: Bearer tandem_…`, made on the profile page or by
  `manage.py api_token EMAIL`. It has its user's rights, or only their reading; it ends when it expires or is revoked,
  and with its user's password, role, company or activity. The app's own pages use the session cookie with
  `X-CSRFToken`.
- **How often.** Calls per token and minute are limited; `RateLimit-Policy` and `RateLimit` say how many are left, a 429
  `rate_limited` says when to go on. A check of 500 people is one call.
- **Retries.** A write that carries an `Idempotency-Key` happens once: the same key, address and body again give the
  first answer for at least 24 hours, a refusal of the guard included. Another body is a 422, a call still under way a
  409. What changed nothing (a 404, an invalid field) is not kept.
- **Errors** are problem details (RFC 9457) with a stable `code`; `errors` names each wrong field. Another company's id
  is answered exactly as one that does not exist.
- **Times** are RFC 3339 with a zone; answers are in UTC.
- **Lists** have `data`, `total` and `next_cursor`; give it as `cursor` to go on, null is the end.
"""

api = DescribedAPI(
    title="Tandem",
    version="1",
    description=DESCRIPTION.strip(),
    docs_url=None,
    openapi_url="/openapi.json",
    urls_namespace="api",
    parser=JsonParser(),
)
register(api)
