"""Requests that no page of ours sends get a plain 400 at the door, over the very application that serves."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator

from crm.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)

NUL_IN_SESSION = (b"cookie", rb'sessionid="abcdefgh\000ijkl"')
TOO_MANY = b"&".join(b"p%d=1" % number for number in range(1_001))


@async_to_sync
async def ask(path: str, query: bytes = b"", *headers: tuple[bytes, bytes]) -> tuple[int, str]:
    """The status and the whole text of the answer to a GET."""
    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query,
        "headers": [(b"host", b"testserver"), *headers], "http_version": "1.1", "scheme": "http",
        "client": ("127.0.0.1", 1), "server": ("testserver", 80),
    }  # fmt: skip
    browser = ApplicationCommunicator(application, scope)
    await browser.send_input({"type": "http.request", "body": b"", "more_body": False})
    start, body = await browser.receive_output(10), b""
    while True:
        part = await browser.receive_output(10)
        body += part.get("body", b"")
        if not part.get("more_body"):
            await browser.wait(10)
            return start["status"], body.decode()


@pytest.mark.parametrize("path", ["/leads/", "/sign-in/", "/admin/", "/nowhere/", "/healthz"])
@pytest.mark.parametrize("broken", ["a NUL in the session cookie", "1,001 parameters"])
def test_what_could_only_fail_is_a_plain_400_on_every_page(alice, signed_in, path, broken):
    if broken == "1,001 parameters":
        session = signed_in(alice).cookies["sessionid"].value
        status, text = ask(path, TOO_MANY, (b"cookie", b"sessionid=" + session.encode()))
    else:
        status, text = ask(path, b"", NUL_IN_SESSION)
    assert status == 400
    assert "<" not in text and text.endswith(".")


def test_as_many_parameters_as_are_read_are_fine():
    assert ask("/sign-in/", TOO_MANY.rpartition(b"&")[0])[0] == 200


def test_a_socket_with_a_broken_cookie_is_closed_without_an_error():
    @async_to_sync
    async def connect() -> bool:
        headers = [(b"host", b"testserver"), (b"origin", b"http://testserver"), NUL_IN_SESSION]
        socket = WebsocketCommunicator(application, "/ws/leads/", headers=headers)
        accepted, code = await socket.connect()
        if accepted:
            code = (await socket.receive_output(5)).get("code")
        await socket.wait()
        return code

    assert connect() == 4503
