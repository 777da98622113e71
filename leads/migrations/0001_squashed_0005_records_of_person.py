"""Leads, what they are reached by, and what they were once reached by.

It replaces the older files, which stay for the databases they made: where all of them ran Django takes this one for
done, where some ran it goes on with the others. They and `replaces` can go once every database has this file's name in
django_migrations; what depends on them then depends on it.
It depends on other apps by their old names, which Django reads as whichever of the two is in force.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.core.validators import MaxLengthValidator
from django.db import migrations, models
from django.db.models import CASCADE, PROTECT, SET_NULL, F, Q
from django.db.models.functions import Upper
from django.utils import timezone

from crm.models.ids import new_id
from crm.postgres.clock import DatabaseClock
from crm.postgres.keys import company_key
from crm.text import CleanCharField, CleanTextField

USER = settings.AUTH_USER_MODEL

METHOD_CHOICES = [("email", "Email"), ("linkedin", "LinkedIn"), ("call", "Call"), ("sms", "SMS"), ("other", "Other")]
METHODS = [method for method, _ in METHOD_CHOICES]
STATUS_CHOICES = [
    ("new", "New"),
    ("enriched", "Enriched"),
    ("contacted", "Contacted"),
    ("conversing", "Conversing"),
    ("qualified", "Qualified"),
    ("converted", "Converted"),
    ("lost", "Lost"),
]
STATUSES = [status for status, _ in STATUS_CHOICES]
KIND_CHOICES = [("email", "Email"), ("phone", "Phone"), ("profile", "LinkedIn profile")]
KINDS = [kind for kind, _ in KIND_CHOICES]

# Steps from record to record over shared person keys, as leads/person/records.py takes them.
STEPS = """
    UNION
    SELECT person.root, step.lead_id
    FROM person
    CROSS JOIN LATERAL (
        SELECT other.lead_id
        FROM leads_leadidentifier AS own
        JOIN leads_leadidentifier AS other
          ON other.company_id = own.company_id AND other.kind = own.kind AND other.person_key = own.person_key
        WHERE own.lead_id = person.lead_id
        OFFSET 0
    ) AS step
"""

# The records of a person as a function of the database, for queries that need them inside.
RECORDS_OF_PERSON = f"""
CREATE FUNCTION leads_records_of_person(asked uuid) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    WITH RECURSIVE person(root, lead_id) AS (SELECT asked, asked {STEPS})
    SELECT array_agg(lead_id) FROM person
$$
"""


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("leads", "0001_initial"),
        ("leads", "0002_company_keys"),
        ("leads", "0003_person"),
        ("leads", "0004_person_filled"),
        ("leads", "0005_records_of_person"),
    ]
    dependencies = [("crm", "0003_api_keys"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        # Finding by any part of a name or address. Trusted since PostgreSQL 13: the database's owner may.
        TrigramExtension(),
        migrations.CreateModel(
            "Lead",
            [
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("first_name", CleanCharField(max_length=150, blank=True)),
                ("last_name", CleanCharField(max_length=150, blank=True)),
                ("job_title", CleanCharField(max_length=200, blank=True)),
                ("organization", CleanCharField(max_length=200, blank=True)),
                ("website", CleanCharField(max_length=500, blank=True)),
                ("industry", CleanCharField(max_length=200, blank=True)),
                ("source", CleanCharField(max_length=200, blank=True)),
                ("notes", CleanTextField(blank=True, validators=[MaxLengthValidator(50_000)])),
                ("status", models.CharField(default="new", max_length=12, choices=STATUS_CHOICES)),
                ("status_set", models.CharField(default="new", max_length=12, choices=STATUS_CHOICES, editable=False)),
                ("status_set_at", models.DateTimeField(null=True, editable=False)),
                ("do_not_contact", models.BooleanField(default=False)),
                (
                    "do_not_contact_methods",
                    ArrayField(models.CharField(max_length=10, choices=METHOD_CHOICES), default=list, blank=True),
                ),
                ("do_not_contact_reason", CleanCharField(max_length=500, blank=True)),
                ("do_not_contact_at", models.DateTimeField(null=True, blank=True, editable=False)),
                ("last_contacted_at", models.DateTimeField(null=True, editable=False)),
                (
                    "last_contact_method",
                    models.CharField(max_length=10, choices=METHOD_CHOICES, null=True, editable=False),
                ),
                ("contact_count", models.PositiveIntegerField(default=0, editable=False)),
                ("last_response_at", models.DateTimeField(null=True, editable=False)),
                ("version", models.PositiveBigIntegerField(default=1, editable=False)),
                ("external_id", CleanCharField(max_length=200, blank=True, editable=False)),
                ("import_digest", models.CharField(max_length=64, blank=True, editable=False)),
                ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=timezone.now, editable=False)),
                ("deleted_at", models.DateTimeField(null=True, editable=False)),
                ("company", models.ForeignKey("crm.company", PROTECT, related_name="leads")),
                (
                    "do_not_contact_by",
                    models.ForeignKey(
                        USER, SET_NULL, null=True, blank=True, db_constraint=False, editable=False, related_name="+"
                    ),
                ),
                (
                    "last_contacted_by",
                    models.ForeignKey(USER, SET_NULL, null=True, db_constraint=False, editable=False, related_name="+"),
                ),
                (
                    "owner",
                    models.ForeignKey(USER, SET_NULL, null=True, blank=True, db_constraint=False, related_name="+"),
                ),
                (
                    "organization_keys",
                    ArrayField(models.CharField(max_length=300), default=list, blank=True, editable=False),
                ),
            ],
            options={
                "constraints": [
                    # What the composite foreign keys of attempts, identifiers and decisions point at.
                    models.UniqueConstraint(fields=["company", "id"], name="lead_company_id"),
                    models.UniqueConstraint(
                        fields=["company", "external_id"], condition=~Q(external_id=""), name="lead_external_id"
                    ),
                    models.CheckConstraint(condition=Q(status__in=STATUSES), name="lead_status_known"),
                    models.CheckConstraint(condition=Q(status_set__in=STATUSES), name="lead_status_set_known"),
                    models.CheckConstraint(
                        condition=Q(last_contact_method__isnull=True) | Q(last_contact_method__in=METHODS),
                        name="lead_last_contact_method_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(do_not_contact_methods__contained_by=METHODS),
                        name="lead_do_not_contact_methods_known",
                    ),
                    models.CheckConstraint(
                        condition=Q(contact_count=0, last_contacted_at__isnull=True)
                        | Q(contact_count__gt=0, last_contacted_at__isnull=False),
                        name="lead_counted_means_dated",
                    ),
                    models.CheckConstraint(
                        condition=~Q(first_name="", last_name="", organization=""), name="lead_has_a_name"
                    ),
                ],
                "indexes": [
                    # The list in its default order, newest contact first, and "not contacted in N days".
                    models.Index(
                        F("company"),
                        F("last_contacted_at").desc(nulls_last=True),
                        F("id").desc(),
                        condition=Q(deleted_at__isnull=True),
                        name="lead_last_contacted",
                    ),
                    # The list by number of contacts.
                    models.Index(
                        F("company"),
                        F("contact_count").desc(),
                        F("id").desc(),
                        condition=Q(deleted_at__isnull=True),
                        name="lead_contact_count",
                    ),
                    # The list by name.
                    models.Index(
                        F("company"),
                        Upper("last_name"),
                        Upper("first_name"),
                        F("id"),
                        condition=Q(deleted_at__isnull=True),
                        name="lead_by_name",
                    ),
                    # "Mine": the leads of one owner, newest contact first.
                    models.Index(
                        F("company"),
                        F("owner"),
                        F("last_contacted_at").desc(nulls_last=True),
                        F("id").desc(),
                        condition=Q(deleted_at__isnull=True),
                        name="lead_owner",
                    ),
                    # Others at the same organization.
                    GinIndex(fields=["organization_keys"], name="lead_organization_keys"),
                    # The find field, any part of name or organization.
                    GinIndex(OpClass(Upper("first_name"), name="gin_trgm_ops"), name="lead_first_name_find"),
                    GinIndex(OpClass(Upper("last_name"), name="gin_trgm_ops"), name="lead_last_name_find"),
                    GinIndex(OpClass(Upper("organization"), name="gin_trgm_ops"), name="lead_organization_find"),
                ],
            },
        ),
        company_key("leads_lead", "owner_id", "crm_user", on_delete="SET NULL"),
        company_key("leads_lead", "last_contacted_by_id", "crm_user", on_delete="SET NULL"),
        company_key("leads_lead", "do_not_contact_by_id", "crm_user", on_delete="SET NULL"),
        migrations.CreateModel(
            "LeadIdentifier",
            [
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("kind", models.CharField(max_length=10, choices=KIND_CHOICES)),
                ("value", CleanCharField(max_length=500)),
                ("normalised", models.CharField(max_length=500)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("company", models.ForeignKey("crm.company", PROTECT, related_name="+")),
                ("lead", models.ForeignKey("leads.lead", CASCADE, db_constraint=False, related_name="identifiers")),
                ("person_key", models.CharField(max_length=500)),
                ("since", models.DateTimeField(db_default=DatabaseClock(), editable=False)),
            ],
            options={
                "ordering": ["kind", "position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=["lead", "kind", "normalised"], name="identifier_once_per_lead"),
                    models.CheckConstraint(condition=Q(kind__in=KINDS), name="identifier_kind_known"),
                    models.CheckConstraint(condition=~Q(normalised=""), name="identifier_normalised"),
                ],
                "indexes": [
                    # Who is the same person: leads of the company that share an identifier.
                    models.Index(fields=["company", "kind", "person_key"], name="identifier_same_person"),
                    # The find field, any part of an email, phone or profile.
                    GinIndex(OpClass("normalised", name="gin_trgm_ops"), name="identifier_find"),
                ],
            },
        ),
        company_key("leads_leadidentifier", "lead_id", "leads_lead", on_delete="CASCADE"),
        migrations.CreateModel(
            "FormerIdentifier",
            [
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("kind", models.CharField(max_length=10, choices=KIND_CHOICES)),
                ("person_key", models.CharField(max_length=500)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(db_default=DatabaseClock(), editable=False)),
                ("company", models.ForeignKey("crm.company", PROTECT, db_index=False, related_name="+")),
                (
                    "lead",
                    models.ForeignKey("leads.lead", CASCADE, db_constraint=False, related_name="former_identifiers"),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=Q(kind__in=KINDS), name="former_identifier_kind_known"),
                ],
                "indexes": [
                    # Whose history counts for a person, beside that of its records.
                    models.Index(fields=["company", "kind", "person_key"], name="former_identifier_person"),
                ],
            },
        ),
        company_key("leads_formeridentifier", "lead_id", "leads_lead", on_delete="CASCADE"),
        migrations.RunSQL(RECORDS_OF_PERSON, "DROP FUNCTION leads_records_of_person(uuid)"),
    ]
