"""Which organization a lead is at: two leads are at one if they share a key, by its name or by a domain of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import urlsplit

# Free or disposable mailboxes: their domains do not tell the employer.
FREE_MAIL_WORDS = """
gmail.com googlemail.com yahoo.com yahoo.co.uk yahoo.de yahoo.fr ymail.com rocketmail.com hotmail.com
hotmail.co.uk hotmail.de hotmail.fr outlook.com outlook.de live.com msn.com icloud.com me.com mac.com aol.com
gmx.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com
proton.me protonmail.com pm.me fastmail.com zoho.com hey.com qq.com 163.com 126.com naver.com orange.fr
wanadoo.fr free.fr laposte.net libero.it virgilio.it comcast.net verizon.net att.net sbcglobal.net
btinternet.com bigpond.com rediffmail.com tutanota.com duck.com posteo.de mailbox.org armyspy.com cuvox.de
dayrep.com einrot.com fleckens.hu gustr.com jourrapide.com rhyta.com superrito.com teleworm.us mailinator.com
guerrillamail.com yopmail.com
"""
FREE_MAIL = frozenset(FREE_MAIL_WORDS.split())
# What an employer is called in registers, and what people leave out.
LEGAL_FORMS_WORDS = """
inc incorporated llc llp lp ltd limited plc corp corporation co company gmbh mbh ag kg ohg ug se sa sas sarl
srl spa bv nv ab as oy aps pty pte kk group holding holdings
"""
LEGAL_FORMS = frozenset(LEGAL_FORMS_WORDS.split())
KEY_MAX = 300


def organization_keys(organization: str, website: str = "", emails: Iterable[str] = ()) -> list[str]:
    """The keys of an organization by its name, its website and the domains of its emails; none if all are unknown.

    emails: normalised addresses. A domain such as uk.acme.com keeps its own key: nothing in it tells whose it is.
    """
    name = name_key(organization)
    domains = {domain_of(website), *(email.rpartition("@")[2] for email in emails)} - FREE_MAIL - {""}
    keys = [f"name:{name}"] if name else []
    return [key[:KEY_MAX] for key in keys + sorted(f"domain:{domain}" for domain in domains)]


def name_key(organization: str) -> str:
    """ "ACME Ltd." and "Acme, Limited" are both "acme"; a name of nothing but legal forms stays whole."""
    folded = unicodedata.normalize("NFKD", organization).casefold()
    plain = "".join(character for character in folded if not unicodedata.combining(character))
    words = re.sub(r"[^\w]+", " ", plain.replace(".", "").replace("&", " and ")).split()
    return " ".join(word for word in words if word not in LEGAL_FORMS) or " ".join(words)


def domain_of(website: str) -> str:
    try:
        host = urlsplit(website if "://" in website else f"https://{website}").hostname or ""
    except ValueError:
        return ""
    return host.removeprefix("www.") if "." in host else ""
