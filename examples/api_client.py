"""A small client of Tandem's API, and the loop of any tool that sends: ask, send, log.

It needs nothing but Python. Copy it and make it yours.

    TANDEM_URL=http://localhost:8000 TANDEM_TOKEN=tandem_… python3 api_client.py dana@acme.example "Quick question"
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator


class Problem(Exception):
    """An answer with an error: go by its `code`; `said` has the rest, such as reasons, allowed_from and errors."""

    def __init__(self, said: dict, retry_after: str | None) -> None:
        super().__init__(f"{said['code']}: {said['detail']}")
        self.code, self.said, self.retry_after = said["code"], said, retry_after


class Tandem:
    """Calls as the user whose token it has."""

    TRIES = 4
    TIMEOUT_SECONDS = 30
    # Nothing was written, or the same key gives the first answer: safe to send again.
    PASSING = {"busy", "still_running", "rate_limited"}

    def __init__(self, url: str, token: str) -> None:
        self.root, self.token = f"{url.rstrip('/')}/api/v1", token

    def check(self, **question: object) -> dict:
        """May I contact this person? Name them by lead_id, email, phone or profile_url, and give the method."""
        return self.call("POST", "/contacts/check", question)

    def check_many(self, questions: list[dict]) -> list[dict]:
        """As `check`, for up to 500 people in one call."""
        return self.call("POST", "/contacts/check", {"checks": questions})["data"]

    def log_contact(self, lead_id: str, **contact: object) -> dict:
        """Log one contact. Raises Problem `needs_override`, `cooldown` or `do_not_contact` when the guard refuses."""
        return self.call("POST", f"/leads/{lead_id}/contacts", contact)

    def mark_responded(self, contact_id: str, responded: bool = True, **more: object) -> dict:
        return self.call("PATCH", f"/contacts/{contact_id}/responded", {"responded": responded, **more})

    def create_lead(self, **lead: object) -> dict:
        """A new lead. Raises Problem `duplicate_person` with the `lead` that is here already."""
        return self.call("POST", "/leads", lead)

    def history(self, lead_id: str, **filters: object) -> Iterator[dict]:
        """All contacts of the person, newest first, page after page."""
        cursor: dict = {}
        while True:
            page = self.call("GET", f"/leads/{lead_id}/contacts?{urllib.parse.urlencode({**filters, **cursor})}")
            yield from page["data"]
            if page["next_cursor"] is None:
                return
            cursor = {"cursor": page["next_cursor"]}

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """One call, again after a pause when that may help. The key makes sure that it happens once."""
        key = str(uuid.uuid4())
        for attempt in range(1, self.TRIES + 1):
            try:
                return self.send(method, path, body, key)
            except Problem as problem:
                if problem.code not in self.PASSING or attempt == self.TRIES:
                    raise
                time.sleep(float(problem.retry_after or 1))
            except urllib.error.URLError:
                if attempt == self.TRIES:
                    raise
                time.sleep(2**attempt)
        raise AssertionError("never reached")

    def send(self, method: str, path: str, body: dict | None, key: str) -> dict:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        if method != "GET":
            headers["Idempotency-Key"] = key
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.root + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self.TIMEOUT_SECONDS) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise Problem(json.load(error), error.headers.get("Retry-After")) from error


def main(email: str, subject: str) -> None:
    """Ask about one person, and if nothing stands in the way, send and log it."""
    tandem = Tandem(os.environ["TANDEM_URL"], os.environ["TANDEM_TOKEN"])
    answer = tandem.check(email=email, method="email", subject=subject, claim=True)
    if not answer["known"]:
        lead_id = tandem.create_lead(last_name=email.partition("@")[0], email=email)["id"]
    else:
        lead_id = answer["lead_ids"][0]
    print(f"{answer['verdict']}: {email}")
    for reason in answer["reasons"]:
        print(f"  {reason['sentence']}")
    if answer["verdict"] != "allow":
        return
    # Here your tool sends the message.
    try:
        logged = tandem.log_contact(lead_id, method="email", subject=subject)
    except Problem as refused:
        # Somebody was faster. What was sent is recorded all the same, and both reps see it.
        print(f"  {refused}")
        logged = tandem.log_contact(lead_id, method="email", subject=subject, already_sent=True)
    print(f"logged as {logged['id']}; {sum(1 for _ in tandem.history(lead_id))} in the history")


if __name__ == "__main__":
    main(*sys.argv[1:3])
