"""Webhooks call public addresses only: however one is written, whatever its name says, and whenever it says so."""

from __future__ import annotations

import socket

import pytest
from django.core.exceptions import ValidationError

from outreach.models import Delivery
from outreach.webhooks import send
from outreach.webhooks.actions import add_webhook, send_test
from outreach.webhooks.target import NotAllowed, clean_url, read_url, resolve
from tests.support.receiver import ALL, Receiver, deliver_all

PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "tool.localhost", "10.0.0.1", "172.16.0.1",
    "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "192.0.2.1", "198.18.0.1", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[fec0::1]", "[ff02::1]",
    "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "[::127.0.0.1]", "[2002:7f00:1::]", "[2001:db8::1]",
    "[64:ff9b::7f00:1]", "[2001::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_an_address_that_is_not_public_is_refused(host):
    with pytest.raises(ValidationError, match="not a public address"):
        clean_url(f"https://{host}/hook")
    with pytest.raises((NotAllowed, socket.gaierror)):
        resolve(read_url(f"http://{host}/"))


@pytest.mark.parametrize("host", ["10.0.0.1", "[fe80::1]", "169.254.169.254"])
def test_the_switch_admits_this_machine_and_no_other(settings, host):
    settings.WEBHOOKS_TO_THIS_MACHINE = True
    assert clean_url("http://127.0.0.1/") == "http://127.0.0.1/"
    with pytest.raises(ValidationError):
        clean_url(f"http://{host}/")


@pytest.mark.parametrize(
    "url",
    [
        "", "x", "//tool.example.com", "ftp://tool.example.com", "javascript:alert(1)", "file:///etc/passwd",
        "https://", "https://a b.com", "https://user:pass@tool.example.com", "https://tool.example.com#x",
        "https://tool.example.com:0", "https://tool.example.com:99999", "https://tool.example.com:25",
        "https://[::1", "https://tool.example.com\\@10.0.0.1", "https://tool.example.com/" + "a" * 500,
        "https://tool.example.com/\0", "https://tool.example.com/\ud800", "https://" + "a" * 64 + ".com",
        "https://tool..example.com", "https://%31%30.0.0.1/", "https://a/\r\nX: y",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(ValidationError):
        clean_url(url)


def test_a_public_address_is_kept_as_it_is_called():
    assert clean_url(" https://tool.example.com/hook?a=1 ") == "https://tool.example.com/hook?a=1"
    assert clean_url("https://tool.example.com/grün") == "https://tool.example.com/gr%C3%BCn"
    assert clean_url("http://8.8.8.8:8080") == "http://8.8.8.8:8080"
    assert read_url("https://müller.example/").host == "xn--mller-kva.example"


def answers_of(monkeypatch, *answers: list[str]) -> list[str]:
    """What the name server says, one list of addresses after the other; and where connections really go."""
    said, reached, connect = iter(answers), [], socket.create_connection
    real = socket.getaddrinfo

    def look_up(host, port, *args, flags=0, **kwargs):
        if host == "tool.example.com" and not flags & socket.AI_NUMERICHOST:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in next(said)]
        return real(host, port, *args, flags=flags, **kwargs)

    def reach(place, *args, **kwargs):
        reached.append(place[0])
        return connect(place, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", reach)
    return reached


def named(receiver: Receiver) -> str:
    return receiver.url.replace("127.0.0.1", "tool.example.com")


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["169.254.169.254"]])
@pytest.mark.django_db
def test_a_name_that_says_a_private_address_is_not_called(mona, receiver, monkeypatch, answer):
    webhook, _ = add_webhook(user=mona, url=named(receiver), events=ALL)
    send_test(user=mona, webhook_id=webhook.id)
    reached = answers_of(monkeypatch, answer)
    deliver_all()
    assert reached == []
    assert "is not a public address" in Delivery.objects.get().last_error


@pytest.mark.django_db
def test_a_name_that_changes_between_check_and_call_changes_nothing(mona, receiver, monkeypatch):
    """It is looked up once, and what is called is what was checked; the name itself goes into the Host header."""
    webhook, _ = add_webhook(user=mona, url=named(receiver), events=ALL)
    send_test(user=mona, webhook_id=webhook.id)
    reached = answers_of(monkeypatch, ["127.0.0.1"], ["10.0.0.1"])
    deliver_all()
    assert reached == ["127.0.0.1"]
    assert receiver.heard[0].headers["Host"] == named(receiver).split("/")[2]
    assert receiver.events == ["webhook:test"]


@pytest.mark.django_db
def test_the_certificate_is_asked_for_by_name_and_has_to_be_good(mona, receiver, monkeypatch):
    """The receiver speaks no TLS: what matters is that nothing was sent to it in clear."""
    url = named(receiver).replace("http:", "https:")
    webhook, _ = add_webhook(user=mona, url=url, events=ALL)
    send_test(user=mona, webhook_id=webhook.id)
    answers_of(monkeypatch, ["127.0.0.1"])
    asked: list[object] = []
    wrap = send.ssl.SSLContext.wrap_socket

    def note(context, sock, **kwargs):
        asked.append((kwargs["server_hostname"], context.check_hostname, context.verify_mode))
        return wrap(context, sock, **kwargs)

    monkeypatch.setattr(send.ssl.SSLContext, "wrap_socket", note)
    deliver_all()
    assert asked == [("tool.example.com", True, send.ssl.CERT_REQUIRED)]
    assert receiver.heard == [] and "TLS failed" in Delivery.objects.get().last_error
