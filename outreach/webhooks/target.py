"""Which addresses Tandem calls: only public ones, even if a name resolves to others later."""

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
# Lower ports other than 80 and 443 are those of mail, files and the like, which may read an HTTP request as commands.
FIRST_FREE_PORT = 1024
# Addresses of single hosts (RFC 4291); all others are local, reserved or multicast.
HOSTS = IPv6Network("2000::/3")
# These contain an IPv4 address, which a gateway on the way would call (RFC 3056, 4380, 6052).
IPV4_INSIDE = [IPv6Network("2002::/16"), IPv6Network("2001::/32"), IPv6Network("64:ff9b::/96")]


class NotAllowed(Exception):
    """Says in a sentence why this address is not called."""


@dataclass(frozen=True)
class Target:
    """A webhook's URL, taken apart."""

    tls: bool
    host: str
    port: int
    path: str


def clean_url(text: str) -> str:
    """Return the address as it is stored and called. Raises ValidationError for what is no public web address.

    A name is not looked up here: it may resolve to another address by the time it is called.
    """
    typed = clean_text(text).strip()
    if re.search(r"[\s\\]", typed):
        raise ValidationError("An address has no spaces, line ends or backslashes in it.")
    url = iri_to_uri(typed)
    if len(url) > URL_MAX:
        raise ValidationError(f"Give an address of at most {URL_MAX} characters.")
    target = read_url(url)
    try:
        for address in literal_address(target.host):
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
    return Target(parts.scheme == "https", host, usable_port(parts.scheme, port), path_of(parts))


def host_name(host: str) -> str:
    """The name as DNS knows it, or a literal address. Raises ValueError, UnicodeError included, for neither."""
    if ":" in host:
        return str(IPv6Address(host))
    name = host.encode("idna").decode()
    if name and not re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", name):
        raise ValueError(host)
    return name


def usable_port(scheme: str, port: int | None) -> int:
    """The port, the scheme's own if none is named. Raises ValidationError for one of another protocol."""
    port = PORTS[scheme] if port is None else port
    if port < FIRST_FREE_PORT and port not in PORTS.values():
        raise ValidationError(f"Give port 80, 443 or one from {FIRST_FREE_PORT} on.")
    return port


def path_of(parts: SplitResult) -> str:
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def literal_address(host: str) -> list[str]:
    """The address if the host is one, in any spelling the resolver takes (127.1, 0x7f000001); [] for a name."""
    if host.rstrip(".").rpartition(".")[2] == "localhost":
        return ["127.0.0.1"]
    try:
        records = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except OSError:
        return []
    return [str(address[0]) for *_, address in records]


def resolve(target: Target) -> list[str]:
    """The only addresses to connect to. The name is looked up once, so that no later answer can change them.

    Raises NotAllowed if one of them is not public, OSError if the name has none.
    """
    records = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(address[0]) for *_, address in records))
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
    has_ipv4_inside = any(address in network for network in IPV4_INSIDE)
    return address.is_global and address in HOSTS and not has_ipv4_inside
