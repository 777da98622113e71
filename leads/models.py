"""The person to win, the summary of their contacts, and what identifies them."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from crm.models import Company, User, initials
from crm.models.ids import new_id
from crm.models.tenancy import TenantQuerySet
from crm.postgres.clock import DatabaseClock
from crm.text import CleanCharField, CleanTextField
from leads.methods import ContactMethod


class LeadStatus(models.TextChoices):
    NEW = "new", "New"
    ENRICHED = "enriched", "Enriched"
    CONTACTED = "contacted", "Contacted"
    CONVERSING = "conversing", "Conversing"
    QUALIFIED = "qualified", "Qualified"
    CONVERTED = "converted", "Converted"
    LOST = "lost", "Lost"


# The status ladder: any attempt lifts these to contacted, a response lifts all but those to conversing.
BEFORE_CONTACT = (LeadStatus.NEW, LeadStatus.ENRICHED)
BEYOND_RESPONSE = (LeadStatus.QUALIFIED, LeadStatus.CONVERTED)


# Of these a lead must have one: see the constraint lead_has_a_name.
NAMES = ("first_name", "last_name", "organization")


class LeadQuerySet(TenantQuerySet["Lead"]):
    def living(self) -> LeadQuerySet:
        return self.filter(deleted_at__isnull=True)

    def visible_to(self, user: User) -> LeadQuerySet:
        """Leads this user may see: those of their own company that were not deleted."""
        return super().visible_to(user).living()

    def not_to_contact(self) -> LeadQuerySet:
        return self.filter(Q(do_not_contact=True) | Q(do_not_contact_methods__len__gt=0))


class Lead(models.Model):
    """A person several reps may contact. The summary is derived from the attempts, never typed."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="leads")
    first_name = CleanCharField(max_length=150, blank=True)
    last_name = CleanCharField(max_length=150, blank=True)
    job_title = CleanCharField(max_length=200, blank=True)
    organization = CleanCharField(max_length=200, blank=True)
    website = CleanCharField(max_length=500, blank=True)
    industry = CleanCharField(max_length=200, blank=True)
    source = CleanCharField(max_length=200, blank=True)
    # The composite foreign key (company, owner) in the database replaces the plain one.
    owner = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_constraint=False
    )
    notes = CleanTextField(blank=True, validators=[MaxLengthValidator(50_000)])
    # Which organization it is, whatever its spelling: see leads/organizations.py.
    organization_keys = ArrayField(models.CharField(max_length=300), default=list, blank=True, editable=False)

    status = models.CharField(max_length=12, choices=LeadStatus, default=LeadStatus.NEW)
    # What a person last chose, and when (null: at the start). The ladder climbs from there, an undo returns there.
    status_set = models.CharField(max_length=12, choices=LeadStatus, default=LeadStatus.NEW, editable=False)
    status_set_at = models.DateTimeField(null=True, editable=False)

    do_not_contact = models.BooleanField(default=False)
    do_not_contact_methods = ArrayField(
        models.CharField(max_length=10, choices=ContactMethod), default=list, blank=True
    )
    do_not_contact_reason = CleanCharField(max_length=500, blank=True)
    do_not_contact_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", editable=False,
        db_constraint=False,
    )  # fmt: skip
    do_not_contact_at = models.DateTimeField(null=True, blank=True, editable=False)

    last_contacted_at = models.DateTimeField(null=True, editable=False)
    last_contact_method = models.CharField(max_length=10, choices=ContactMethod, null=True, editable=False)  # noqa: DJ001 - founding column, null until contacted
    last_contacted_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, editable=False, related_name="+", db_constraint=False
    )
    contact_count = models.PositiveIntegerField(default=0, editable=False)
    last_response_at = models.DateTimeField(null=True, editable=False)

    # Rises by one with each committed change a viewer should see; pages carry the one they show.
    version = models.PositiveBigIntegerField(default=1, editable=False)
    # The key of the row this lead was imported from and the digest of its values then.
    external_id = CleanCharField(max_length=200, blank=True, editable=False)
    import_digest = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints = [
            # What the composite foreign keys of attempts, identifiers and decisions point at.
            models.UniqueConstraint(fields=["company", "id"], name="lead_company_id"),
            models.UniqueConstraint(
                fields=["company", "external_id"], condition=~Q(external_id=""), name="lead_external_id"
            ),
            models.CheckConstraint(condition=Q(status__in=LeadStatus.values), name="lead_status_known"),
            models.CheckConstraint(condition=Q(status_set__in=LeadStatus.values), name="lead_status_set_known"),
            models.CheckConstraint(
                condition=Q(last_contact_method__isnull=True) | Q(last_contact_method__in=ContactMethod.values),
                name="lead_last_contact_method_known",
            ),
            models.CheckConstraint(
                condition=Q(do_not_contact_methods__contained_by=ContactMethod.values),
                name="lead_do_not_contact_methods_known",
            ),
            models.CheckConstraint(
                condition=Q(contact_count=0, last_contacted_at__isnull=True)
                | Q(contact_count__gt=0, last_contacted_at__isnull=False),
                name="lead_counted_means_dated",
            ),
            models.CheckConstraint(condition=~Q(first_name="", last_name="", organization=""), name="lead_has_a_name"),
        ]
        indexes = [
            # The list in its default order, newest contact first, and "not contacted in N days".
            models.Index(
                F("company"), F("last_contacted_at").desc(nulls_last=True), F("id").desc(),
                condition=Q(deleted_at__isnull=True), name="lead_last_contacted",
            ),
            # The list by number of contacts.
            models.Index(
                F("company"), F("contact_count").desc(), F("id").desc(),
                condition=Q(deleted_at__isnull=True), name="lead_contact_count",
            ),
            # The list by name.
            models.Index(
                F("company"), Upper("last_name"), Upper("first_name"), F("id"),
                condition=Q(deleted_at__isnull=True), name="lead_by_name",
            ),
            # "Mine": the leads of one owner, newest contact first.
            models.Index(
                F("company"), F("owner"), F("last_contacted_at").desc(nulls_last=True), F("id").desc(),
                condition=Q(deleted_at__isnull=True), name="lead_owner",
            ),
            # Others at the same organization.
            GinIndex(fields=["organization_keys"], name="lead_organization_keys"),
            # The find field, any part of name or organization.
            GinIndex(OpClass(Upper("first_name"), name="gin_trgm_ops"), name="lead_first_name_find"),
            GinIndex(OpClass(Upper("last_name"), name="gin_trgm_ops"), name="lead_last_name_find"),
            GinIndex(OpClass(Upper("organization"), name="gin_trgm_ops"), name="lead_organization_find"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.organization

    @property
    def short_name(self) -> str:
        return self.first_name or self.name

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def do_not_contact_words(self) -> str:
        """ "Do not contact", "Do not text", "Do not email or call", or nothing."""
        if self.do_not_contact:
            return "Do not contact"
        verbs = [m.words.forbidden for m in ContactMethod if m in self.do_not_contact_methods]
        return f"Do not {' or '.join(verbs)}" if verbs else ""


class IdentifierKind(models.TextChoices):
    EMAIL = "email", "Email"
    PHONE = "phone", "Phone"
    PROFILE = "profile", "LinkedIn profile"


class LeadIdentifier(models.Model):
    """An email, phone or profile of a lead, as typed and normalised. Leads that share a person key are one person."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+")
    # The composite foreign key (company, lead) in the database replaces the plain one.
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="identifiers", db_constraint=False)
    kind = models.CharField(max_length=10, choices=IdentifierKind)
    value = CleanCharField(max_length=500)
    normalised = models.CharField(max_length=500)
    # The mailbox, number or profile behind it: leads/addresses.py, person_key.
    person_key = models.CharField(max_length=500)
    position = models.PositiveSmallIntegerField(default=0)
    since = models.DateTimeField(db_default=DatabaseClock(), editable=False)

    class Meta:
        ordering = ["kind", "position", "id"]
        constraints = [
            models.UniqueConstraint(fields=["lead", "kind", "normalised"], name="identifier_once_per_lead"),
            models.CheckConstraint(condition=Q(kind__in=IdentifierKind.values), name="identifier_kind_known"),
            models.CheckConstraint(condition=~Q(normalised=""), name="identifier_normalised"),
        ]
        indexes = [
            # Who is the same person: leads of the company that share an identifier.
            models.Index(fields=["company", "kind", "person_key"], name="identifier_same_person"),
            # The find field, any part of an email, phone or profile.
            GinIndex(OpClass("normalised", name="gin_trgm_ops"), name="identifier_find"),
        ]

    def __str__(self) -> str:
        return str(self.value)


class FormerIdentifier(models.Model):
    """An identifier a lead had once. Its history from that time still counts for the person reached by it now."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="+", db_index=False)
    # The composite foreign key (company, lead) in the database replaces the plain one.
    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="former_identifiers", db_constraint=False)
    kind = models.CharField(max_length=10, choices=IdentifierKind)
    person_key = models.CharField(max_length=500)
    since = models.DateTimeField()
    until = models.DateTimeField(db_default=DatabaseClock(), editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=IdentifierKind.values), name="former_identifier_kind_known"),
        ]
        indexes = [
            # Whose history counts for a person, beside that of its records.
            models.Index(fields=["company", "kind", "person_key"], name="former_identifier_person"),
        ]

    def __str__(self) -> str:
        return self.person_key
