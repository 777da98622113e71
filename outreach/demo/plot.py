"""The leads with a part in the plot, each showing one thing the product does; their texts are in words/plot.txt."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from crm.models import User
from leads.methods import ContactMethod
from leads.models import LeadStatus
from outreach.demo import names
from outreach.demo.cast import Cast
from outreach.demo.names import Organization
from outreach.demo.people import DemoPeople
from outreach.demo.person import DemoPerson
from outreach.demo.texts import texts

EMAIL, LINKEDIN, CALL = ContactMethod.EMAIL, ContactMethod.LINKEDIN, ContactMethod.CALL
SMS, OTHER = ContactMethod.SMS, ContactMethod.OTHER
TEXTS = {text.subject: text for text in texts("plot")}


@dataclass(frozen=True)
class Plot:
    """What each teller needs: who works here, new leads, and moments of the company's working hours."""

    cast: Cast
    people: DemoPeople

    @property
    def reps(self) -> list[User]:
        return self.cast.people

    def day(self, days_ago: int, hour: int, minute: int = 0) -> datetime:
        """A time so many days ago; if more than three, on the Friday before instead of at a weekend."""
        friday = self.cast.hours.weekend_to_friday(days_ago) if days_ago > 3 else days_ago
        return self.cast.hours.at(friday, hour, minute)

    def worked_ago(self, minutes: int) -> datetime:
        return self.cast.hours.worked_ago(minutes)

    def lead(
        self, name: str, job_title: str, organization: Organization, owner: User | None, *, since_days: int = 45
    ) -> DemoPerson:
        first, last = name.split()
        return self.people.named(
            first,
            last,
            job_title,
            organization,
            owner=owner,
            since=self.day(since_days, 9),
            emails=[f"{first}.{last}@{organization.domain}".lower()],
            phones=[next(self.people.phones)],
            source="Trade fair Cologne",
        )


def dana(plot: Plot) -> None:
    """Alice emailed her two days ago. Before that: a collision, an override, a void and a second record."""
    alice, bob, _ = plot.reps
    day = plot.day
    twin = second_record(plot)
    lead = plot.people.named(
        "Dana",
        "Miller",
        "Head of Engineering",
        names.ACME,
        owner=alice,
        since=day(64, 9, 30),
        emails=["dana@acme.example", "Dana.Miller@acme.example"],
        phones=["+44 20 7946 0958", "+44 20 7946 0021"],
        source="DataConf",
        notes="Rebuilds the ordering system on PostgreSQL. Reads everything, answers in the afternoon.",
    )
    lead.ledger = twin.ledger
    lead.contact(alice, EMAIL, day(22, 10, 27), TEXTS["One place for every order"])
    wrote_too = "Already sent; we wrote at the same minute"
    lead.collide(bob, EMAIL, day(22, 10, 31), TEXTS["Orders in one place"], reason=wrote_too)
    call = lead.contact(bob, CALL, day(10, 10, 58), TEXTS["Pilot dates: left a voicemail"])
    lead.void(call, day(10, 11, 2), "Called the wrong Dana")
    lead.contact(alice, LINKEDIN, day(10, 11, 5), TEXTS["Hello from DataConf"])
    webinar = TEXTS["Connecting after the webinar"]
    lead.contact(bob, LINKEDIN, day(8, 16, 40), webinar, reason="Different topic")
    lead.contact(alice, EMAIL, day(2, 14), TEXTS["Quick question about your tech stack"])


def second_record(plot: Plot) -> DemoPerson:
    """Another record of Dana, from a list: it shares an address with hers, so its contacts count for her."""
    _, bob, _ = plot.reps
    since = plot.day(33, 16)
    title, emails = "Engineering", ["dana@acme.example"]
    twin = plot.people.named(
        "D.",
        "Miller",
        title,
        names.ACME_GMBH,
        owner=bob,
        since=since,
        emails=emails,
        profile=False,
        source="Cold list",
    )
    twin.contact(bob, OTHER, plot.day(31, 15, 20), TEXTS["Webinar: took part"])
    return twin


def tom(plot: Plot) -> None:
    """Called today or yesterday: another call needs a reason, everything else is clear."""
    alice, bob, _ = plot.reps
    lead = plot.lead("Tom Reed", "Sales Operations Manager", names.ACME, alice)
    lead.contact(bob, CALL, plot.worked_ago(150), TEXTS["Left a voicemail, will retry"])


def untouched(plot: Plot) -> None:
    """Nobody has contacted these three yet; nobody owns the second."""
    alice, _, mona = plot.reps
    plot.lead("Ines Costa", "Data Lead", names.ACME, alice)
    plot.lead("Ben Carter", "Chief Technology Officer", names.FIELDNOTE, None)
    omar = plot.lead("Omar Haddad", "Head of Growth", names.SOUK, mona)
    omar.choose_status(LeadStatus.ENRICHED, None)


def lena(plot: Plot) -> None:
    """In conversation with Alice, and it is Alice's turn: she may answer at once, her colleagues are warned."""
    alice, _, _ = plot.reps
    lead = plot.lead("Lena Vogt", "Chief Operating Officer", names.KONTOR, alice)
    first = lead.contact(alice, EMAIL, plot.day(6, 10, 5), TEXTS["Orders from two locations"])
    lead.reply(first, plot.day(5, 15, 12), TEXTS["Re: Orders from two locations"])
    answer = lead.contact(alice, EMAIL, plot.day(5, 16, 20), TEXTS["Pricing for two teams"])
    lead.contact(alice, CALL, plot.day(3, 11), TEXTS["Talked through the offer"])
    lead.reply(answer, plot.worked_ago(38), TEXTS["Re: Pricing for two teams"])


def marcus(plot: Plot) -> None:
    """Nobody has been in touch for 40 days."""
    alice, bob, _ = plot.reps
    lead = plot.lead("Marcus Webb", "VP Sales", names.BRIGHTLINE, alice, since_days=82)
    lead.contact(alice, EMAIL, plot.day(75, 9, 50), TEXTS["Lamps by the pallet"])
    lead.contact(bob, CALL, plot.day(61, 16, 30), TEXTS["First call: budget opens in autumn"])
    lead.contact(alice, EMAIL, plot.day(40, 11, 15), TEXTS["Following up on the pilot"])


# How many days ago Bob wrote, what he asked, and what he wrote once she had answered.
SOFIAS_MAILS = [
    (62, "How Norrsken takes orders for the season", "Two references"),
    (46, "Order windows for the new season", "A plan with dates"),
    (21, "Draft of the contract", "Answers from our lawyer"),
]


def sofia(plot: Plot) -> None:
    """A long conversation, on its way to a contract."""
    _, bob, _ = plot.reps
    day = plot.day
    lead = plot.lead("Sofia Lindqvist", "Chief Revenue Officer", names.NORRSKEN, bob, since_days=70)
    for ago, question, answer in SOFIAS_MAILS:
        first = lead.contact(bob, EMAIL, day(ago, 9, 20), TEXTS[question])
        lead.reply(first, day(ago - 1, 13, 5), TEXTS[f"Re: {question}"])
        lead.contact(bob, EMAIL, day(ago - 1, 15, 40), TEXTS[answer])
        lead.contact(bob, CALL, day(ago - 9, 10, 30), TEXTS["Weekly call"])
    lead.contact(bob, OTHER, day(5, 14), TEXTS["Visit in Borås"])
    lead.contact(bob, CALL, day(3, 9, 45), TEXTS["Agreed terms, legal reviews"])
    lead.choose_status(LeadStatus.QUALIFIED, day(3, 10))


def hugo(plot: Plot) -> None:
    """Asked not to be contacted at all."""
    alice, bob, _ = plot.reps
    day = plot.day
    lead = plot.lead("Hugo Martin", "IT Director", names.PARCELO, bob)
    lead.contact(bob, EMAIL, day(34, 10, 10), TEXTS["Loading slots without calls"])
    again = lead.contact(alice, EMAIL, day(20, 9, 15), TEXTS["Slots and carriers"])
    lead.reply(again, day(19, 11, 55), TEXTS["Please remove me"])
    lead.do_not_contact(alice, day(19, 12, 30), "Has a supplier and asked us to stop")
    lead.choose_status(LeadStatus.LOST, day(19, 13))


def grace(plot: Plot) -> None:
    """Not to be texted; by email she answers well."""
    alice, _, _ = plot.reps
    day = plot.day
    lead = plot.lead("Grace Okafor", "Partner Manager", names.LAGOS, alice)
    text = lead.contact(alice, SMS, day(16, 12, 40), TEXTS["Text to the port office"])
    lead.reply(text, day(16, 13, 2), TEXTS["Answer from the road"])
    email = lead.contact(alice, EMAIL, day(11, 17, 45), TEXTS["Container bookings, in the evening"])
    lead.reply(email, day(10, 18, 10), TEXTS["Re: Container bookings, in the evening"])
    lead.contact(alice, EMAIL, day(7, 9, 5), TEXTS["Slides are on their way"])
    lead.do_not_contact(alice, day(16, 13, 30), "On the road all day; prefers email in the evening", SMS)


def peter(plot: Plot) -> None:
    """Bob has just emailed him: nobody emails again before tomorrow."""
    _, bob, _ = plot.reps
    lead = plot.lead("Peter Novak", "IT Director", names.MORAVIA, bob)
    lead.contact(bob, CALL, plot.day(12, 10, 20), TEXTS["Interface questions"])
    lead.contact(bob, EMAIL, plot.worked_ago(95), TEXTS["Prices out of proALPHA"])


def yuki(plot: Plot) -> None:
    """Alice had emailed three days before; Bob logged his email anyway and said why."""
    alice, bob, _ = plot.reps
    lead = plot.lead("Yuki Tanaka", "Founder", names.HANABI, alice)
    lead.contact(alice, EMAIL, plot.day(5, 9, 30), TEXTS["Your talk on reordering"])
    reason = "Different topic: invitation to the customer day"
    lead.contact(bob, EMAIL, plot.day(2, 15, 10), TEXTS["Customer day in spring"], reason=reason)


def aisha(plot: Plot) -> None:
    """Two reps wrote within minutes: the second is kept, as a collision."""
    alice, bob, _ = plot.reps
    lead = plot.lead("Aisha Khan", "Head of Customer Service", names.PARCELO, alice)
    lead.contact(alice, EMAIL, plot.day(8, 14, 2), TEXTS["Fewer calls about slots"])
    reason = "Sent by a sequence I had started before"
    lead.collide(bob, EMAIL, plot.day(8, 14, 8), TEXTS["Calls about loading times"], reason=reason)


def priyanka(plot: Plot) -> None:
    """A call logged on the wrong person, taken back: struck through, and it counts no more."""
    alice, bob, _ = plot.reps
    lead = plot.lead("Priyanka Rao", "Revenue Operations", names.ZENITH, bob)
    lead.contact(alice, LINKEDIN, plot.day(31, 10, 15), TEXTS["Connection request"])
    call = lead.contact(bob, CALL, plot.day(4, 10, 58), TEXTS["Pilot dates: left a voicemail"])
    lead.void(call, plot.day(4, 11, 2) + timedelta(seconds=20), "Called the wrong Priyanka")


def karl(plot: Plot) -> None:
    """A manager's override: two emails on one day, on purpose."""
    _, bob, mona = plot.reps
    lead = plot.lead("Karl Brandt", "Managing Director", names.KONTOR, bob)
    lead.contact(bob, EMAIL, plot.day(6, 9, 15), TEXTS["Offer for Leipzig"])
    reason = "The offer had a wrong price, corrected at once"
    lead.contact(mona, EMAIL, plot.day(6, 16, 45), TEXTS["Correction to our offer"], reason=reason)


TELLERS = [dana, tom, untouched, lena, marcus, sofia, hugo, grace, peter, yuki, aisha, priyanka, karl]
