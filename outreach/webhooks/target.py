"""Which addresses Tandem calls: public ones, whatever a name says today and will say in a moment."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.encoding import iri_to_uri

from crm.text import clean_text
from outreach.models import URL_MAX

PORTS = {"http": 80, "https": 443}
# The other ports below are those of mail, files and the like, which take an HTTP request for a command.
FIRST_FREE_PORT = 1024
# Addresses given out to hosts (RFC 4291); all else is local, reserved or a group.
GIVEN_OUT = IPv6Network("2000::/3")
# These carry an IPv4 address that a gateway on the way would call (RFC 3056, 4380, 6052).
CARRIERS = [IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("64:ff9b::/96")]


class NotAllowed(Exception):
    """Says in a sentence why this address is not called."""


@dataclass(frozen=True)
class Target:
    """What a webhook's URL says, taken apart."""

    tls: bool
    host: str
    port: int
    path: str


def clean_url(text: str) -> str:
    """Return the address as it is stored and called. Raises ValidationError for what is no public web address.

    A name is not looked up here: it may say something else by the time it is called.
    """
    typed = clean_text(text).strip()
    if re.search(r"[\s\\]", typed):
        raise ValidationError("An address has no spaces, line ends or backslashes in it.")
    url = iri_to_uri(typed)
    if len(url) > URL_MAX:
        raise ValidationError(f"Give an address of at most {URL_MAX} characters.")
    target = read_url(url)
    try:
        for address in literal(target.host):
            refuse_private(address)
    except NotAllowed as error:
        raise ValidationError(f"{error} Give an address that is reached over the internet.") from error
    return url


def read_url(url: str) -> Target:
    """Take an address apart. Raises ValidationError naming what is wrong with it."""
    try:
        parts = urlsplit(url)
        host, port = host_name(parts.hostname or ""), parts.port
    except ValueError as error:
        raise ValidationError("This is not a web address.") from error
    if parts.scheme not in PORTS or not host:
        raise ValidationError("Give a full web address, such as https://tool.example.com/hook.")
    if "@" in parts.netloc or parts.fragment:
        raise ValidationError("Give the address without a user name, password or #.")
    return Target(parts.scheme == "https", host, usable(parts.scheme, port), path_of(parts))


def host_name(host: str) -> str:
    """The name as DNS knows it, or a literal address. Raises ValueError, UnicodeError included, for neither."""
    if ":" in host:
        return str(IPv6Address(host))
    name = host.encode("idna").decode()
    if name and not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", name):
        raise ValueError(host)
    return name


def usable(scheme: str, port: int | None) -> int:
    port = PORTS[scheme] if port is None else port
    if port < FIRST_FREE_PORT and port not in PORTS.values():
        raise ValidationError(f"Give port 80, 443 or one from {FIRST_FREE_PORT} on.")
    return port


def path_of(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def literal(host: str) -> list[str]:
    """The address a host is written as, in any spelling the resolver takes (127.1, 0x7f000001); none for a name."""
    if host.rstrip(".").rpartition(".")[2] == "localhost":
        return ["127.0.0.1"]
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return []
    return [place[0] for *_, place in found]


def resolve(target: Target) -> list[str]:
    """The addresses to connect to, and to nothing else: asked once, so that no later answer can change them.

    Raises NotAllowed if one of them is not public, OSError if the name says none.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(place[0]) for *_, place in found))
    for address in addresses:
        refuse_private(address)
    return addresses


def refuse_private(text: str) -> None:
    """Raises NotAllowed for an address that is not public."""
    # A scope ("fe80::1%eth0") only ever belongs to a local address.
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback and settings.WEBHOOKS_TO_THIS_MACHINE:
        return
    if not is_public(address):
        raise NotAllowed(f"{text} is not a public address.")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv4Address):
        return address.is_global and not address.is_multicast and not address.is_reserved
    carried = any(address in network for network in CARRIERS)
    return address.is_global and address in GIVEN_OUT and not carried
