"""Retries are safe: a write that carries an Idempotency-Key happens once, and again gives the first answer.

What a view returns is kept together with what it wrote, in one transaction. What it raises wrote nothing, so nothing
is kept of it, and the same call may be tried again.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse

from crm.api.problems import CONTENT_TYPE, Problem, invalid_field
from crm.models import User
from crm.models.ids import new_id
from crm.pages.request import ApiRequest

Operation = Callable[..., HttpResponse]

HEADER = "Idempotency-Key"
LONGEST_KEY = 200
# Spaces around it are no part of a header's value.
KEY = re.compile("[!-~]([ -~]*[!-~])?")
REPLAYED = "Idempotent-Replayed"

# Whether this call is the only one under way with its key, and what the first one answered.
FIND = """
SELECT free.is_mine, known.digest, known.status, known.body
FROM (SELECT pg_try_advisory_xact_lock(%(lock)s) AS is_mine) AS free
LEFT JOIN crm_idempotentcall AS known
  ON known.user_id = %(user)s AND known.route = %(route)s AND known.key = %(key)s
"""

# Answers are kept for two days; each new one takes some older ones away.
KEEP = """
WITH swept AS (
    DELETE FROM crm_idempotentcall WHERE id IN (
        SELECT id FROM crm_idempotentcall WHERE created_at < clock_timestamp() - interval '48 hours'
        LIMIT 20 FOR UPDATE SKIP LOCKED)
)
INSERT INTO crm_idempotentcall (id, company_id, user_id, route, key, digest, status, body, created_at)
VALUES (%(id)s, %(company)s, %(user)s, %(route)s, %(key)s, %(digest)s, %(status)s, %(body)s, clock_timestamp())
"""


@dataclass(frozen=True)
class Call:
    """A write with a key: by whom, to which address, and the digest of what it sent."""

    user: User
    route: str
    key: str
    digest: str

    @property
    def identity(self) -> dict[str, Any]:
        return {"user": self.user.id, "route": self.route, "key": self.key}

    @property
    def lock(self) -> int:
        """The number of its advisory lock."""
        name = f"idempotency {self.user.id} {self.route} {self.key}"
        return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


def once(view: Operation) -> Operation:
    """A write: the same key, address and body again give the first answer.

    Raises Problem: 422 for the same key with another body, 409 while the first call is still running.
    """

    @wraps(view)
    def run(request: ApiRequest, *args: object, **kwargs: object) -> HttpResponse:
        call = read_call(request)
        if call is None:
            return view(request, *args, **kwargs)
        try:
            with transaction.atomic():
                return find(call) or keep(call, view(request, *args, **kwargs))
        except IntegrityError:
            # The first call ended between our looking for its answer and our lock.
            with transaction.atomic():
                answer = find(call)
            if answer is None:
                raise
            return answer

    # The framework reads the types of the arguments from it, and would look for their names in this module.
    vars(run)["__signature__"] = inspect.signature(view, eval_str=True)
    return run


def read_call(request: ApiRequest) -> Call | None:
    """The call of a request that carries a key; None without one. Raises Problem for a malformed key."""
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if len(key) > LONGEST_KEY or not KEY.fullmatch(key):
        raise invalid_field(HEADER, f"Use 1 to {LONGEST_KEY} printable ASCII characters, such as a UUID.")
    return Call(request.auth, f"{request.method} {request.path}"[:200], key, digest(request))


def digest(request: HttpRequest) -> str:
    """Equal for bodies of equal JSON, whatever their spaces and the order of their keys."""
    body = json.dumps(json.loads(request.body), sort_keys=True)
    return hashlib.sha256(f"{request.META.get('QUERY_STRING', '')}\n{body}".encode()).hexdigest()


def find(call: Call) -> HttpResponse | None:
    """What the first call was answered with; None when this is the first."""
    with connection.cursor() as cursor:
        cursor.execute(FIND, {**call.identity, "lock": call.lock})
        is_free, known_digest, status, body = cursor.fetchone()
    if not is_free:
        raise Problem("still_running", headers={"Retry-After": "1"})
    if known_digest is None:
        return None
    if known_digest != call.digest:
        raise Problem("idempotency_key_reused")
    return HttpResponse(body, status=status, content_type=content_type(status), headers={REPLAYED: "true"})


def content_type(status: int) -> str:
    return "application/json" if status < 400 else CONTENT_TYPE


def keep(call: Call, answer: HttpResponse) -> HttpResponse:
    values: dict[str, Any] = {**call.identity, "id": new_id(), "company": call.user.company_id, "digest": call.digest}
    with connection.cursor() as cursor:
        cursor.execute(KEEP, {**values, "status": answer.status_code, "body": answer.content.decode()})
    return answer
