"""A company's limits, by method and in general, and who changed them from what to what."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import migrations, models
from django.db.models import CASCADE, DO_NOTHING, SET_NULL, Q
from django.utils import timezone

from crm.models.ids import new_id
from outreach.migrations.initial.triggers import note, refuse
from outreach.migrations.initial.words import METHOD_CHOICES, METHODS, USER

# These columns are in the table and in the trail of its changes.
METHOD_LIMITS = [
    ("method", models.CharField(max_length=10, choices=METHOD_CHOICES)),
    (
        "cooldown_hours",
        models.PositiveIntegerField(
            default=0,
            help_text="Within these hours only so many outbound contacts are admitted. 0 switches the cooldown off.",
            validators=[MaxValueValidator(8760)],
        ),
    ),
    (
        "cooldown_count",
        models.PositiveIntegerField(
            default=1,
            help_text="How many outbound contacts the hours admit, whoever makes them.",
            validators=[MaxValueValidator(100)],
        ),
    ),
    (
        "warning_days",
        models.PositiveIntegerField(
            default=7,
            help_text="An earlier outbound contact within these days asks for a reason. 0 switches the warning off.",
            validators=[MaxValueValidator(365)],
        ),
    ),
]
COMPANY_LIMITS = [
    (
        "organization_days",
        models.PositiveIntegerField(
            default=14,
            help_text="A colleague's contact with somebody else at the same organization within these days is told.",
            validators=[MaxValueValidator(365)],
        ),
    ),
    (
        "organization_warns",
        models.BooleanField(default=False, help_text="It asks for a reason instead of only telling."),
    ),
    (
        "similarity_percent",
        models.PositiveIntegerField(
            default=60,
            help_text="A message this much like a colleague's of the last 30 days asks for a reason.",
            validators=[MinValueValidator(30), MaxValueValidator(100)],
        ),
    ),
    (
        "claim_minutes",
        models.PositiveIntegerField(
            default=5,
            help_text="For so long a colleague who has the dialog open is shown as writing, unless renewed.",
            validators=[MinValueValidator(1), MaxValueValidator(60)],
        ),
    ),
]

# What the triggers copy into the trail.
METHOD_NOTED = [
    "changed_by_id", "changed_by_name", "company_id", "cooldown_count", "cooldown_hours", "id", "method",
    "warning_days",
]  # fmt: skip
COMPANY_NOTED = [
    "changed_by_id", "changed_by_name", "claim_minutes", "company_id", "id", "organization_days",
    "organization_warns", "similarity_percent",
]  # fmt: skip

OPERATIONS = [
    migrations.CreateModel(
        "ContactPolicy",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            *METHOD_LIMITS,
            ("company", models.ForeignKey("crm.company", CASCADE, related_name="policies")),
            (
                "changed_by",
                models.ForeignKey(
                    USER, SET_NULL, null=True, db_constraint=False, db_index=False, editable=False, related_name="+"
                ),
            ),
            ("changed_by_name", models.CharField(max_length=301, blank=True, editable=False)),
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
        ],
        options={
            "verbose_name_plural": "contact policies",
            "ordering": ["company", "method"],
            "constraints": [
                models.UniqueConstraint(fields=["company", "method"], name="policy_company_method"),
                models.CheckConstraint(condition=Q(method__in=METHODS), name="policy_method_known"),
                models.CheckConstraint(condition=Q(cooldown_count__gte=1), name="policy_admits_at_least_one"),
            ],
        },
    ),
    note("ContactPolicy", "before", METHOD_NOTED, pgid="7373a", hash="b9f6fdb02a8b7384af8d2942d526df28ecc7a305"),
    note("ContactPolicy", "after", METHOD_NOTED, pgid="37b76", hash="202c115b51bc714b9a8de8a91cb227b43324baf4"),
    migrations.CreateModel(
        "ContactPolicyEvent",
        [
            ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
            ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
            ("pgh_label", models.TextField(help_text="The event label.")),
            ("id", models.UUIDField(default=new_id, editable=False, serialize=False)),
            *METHOD_LIMITS,
            ("changed_by_name", models.CharField(max_length=301, blank=True, editable=False)),
            (
                "changed_by",
                models.ForeignKey(
                    USER,
                    DO_NOTHING,
                    null=True,
                    db_constraint=False,
                    editable=False,
                    related_name="+",
                    related_query_name="+",
                ),
            ),
            (
                "company",
                models.ForeignKey(
                    "crm.company", DO_NOTHING, db_constraint=False, related_name="+", related_query_name="+"
                ),
            ),
            (
                "pgh_obj",
                models.ForeignKey("outreach.contactpolicy", DO_NOTHING, db_constraint=False, related_name="events"),
            ),
        ],
    ),
    refuse(
        "ContactPolicyEvent", "no_truncate", "TRUNCATE", pgid="f7cd6", hash="ac1d28844990de9284c7cb76e9011fc7f9753b79"
    ),
    refuse(
        "ContactPolicyEvent",
        "append_only",
        "UPDATE OR DELETE",
        pgid="de93c",
        hash="fd7b764da747550a7659833b050c5119f5c83396",
    ),
    migrations.CreateModel(
        "CompanyPolicy",
        [
            ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
            *COMPANY_LIMITS,
            ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            ("changed_by_name", models.CharField(max_length=301, blank=True, editable=False)),
            (
                "changed_by",
                models.ForeignKey(
                    USER, SET_NULL, null=True, db_constraint=False, db_index=False, editable=False, related_name="+"
                ),
            ),
            ("company", models.OneToOneField("crm.company", CASCADE, related_name="policy")),
        ],
        options={
            "verbose_name_plural": "company policies",
            "constraints": [
                models.CheckConstraint(
                    condition=Q(similarity_percent__gte=1, similarity_percent__lte=100),
                    name="policy_similarity_percent",
                ),
                models.CheckConstraint(condition=Q(claim_minutes__gte=1), name="policy_claim_minutes"),
            ],
        },
    ),
    note("CompanyPolicy", "before", COMPANY_NOTED, pgid="14a1d", hash="1f09902dd8e49800213825e4fdb28d0e1e2f83af"),
    note("CompanyPolicy", "after", COMPANY_NOTED, pgid="1f599", hash="a6f7f643a945475832505a0e7d39b71ea594a3fa"),
    migrations.CreateModel(
        "CompanyPolicyEvent",
        [
            ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
            ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
            ("pgh_label", models.TextField(help_text="The event label.")),
            ("id", models.UUIDField(default=new_id, editable=False, serialize=False)),
            *COMPANY_LIMITS,
            ("changed_by_name", models.CharField(max_length=301, blank=True, editable=False)),
            (
                "changed_by",
                models.ForeignKey(
                    USER,
                    DO_NOTHING,
                    null=True,
                    db_constraint=False,
                    editable=False,
                    related_name="+",
                    related_query_name="+",
                ),
            ),
            (
                "company",
                models.ForeignKey(
                    "crm.company", DO_NOTHING, db_constraint=False, related_name="+", related_query_name="+"
                ),
            ),
            (
                "pgh_obj",
                models.ForeignKey("outreach.companypolicy", DO_NOTHING, db_constraint=False, related_name="events"),
            ),
        ],
    ),
    refuse(
        "CompanyPolicyEvent", "no_truncate", "TRUNCATE", pgid="397be", hash="234d425baaf8ae3c36e7f98b8879cbcff1f4b0b4"
    ),
    refuse(
        "CompanyPolicyEvent",
        "append_only",
        "UPDATE OR DELETE",
        pgid="54a24",
        hash="ae6452689cd645755b25a9da20a6411496360339",
    ),
]
