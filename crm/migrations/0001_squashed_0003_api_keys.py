"""Companies, users and their API tokens.

It replaces the older files, which stay for the databases they made: where all of them ran Django takes this one for
done, where some ran it goes on with the others. They and `replaces` can go once every database has this file's name in
django_migrations; what depends on them then depends on it.
"""

from __future__ import annotations

from django.conf import settings
from django.db import migrations, models
from django.db.models import CASCADE, PROTECT, Q
from django.utils import timezone
from pgtrigger.compiler import Trigger, UpsertTriggerSql
from pgtrigger.migrations import AddTrigger

from crm.models import validate_phone_region, validate_time_zone
from crm.models.ids import new_id
from crm.postgres.keys import company_key
from crm.text import CleanCharField

USER = settings.AUTH_USER_MODEL

# A user who is deactivated or gets another role loses the tokens made with the old rights. `hash` and `pgid` are
# pgtrigger's: it compares them with those of the models.
END_TOKENS = AddTrigger(
    model_name="user",
    trigger=Trigger(
        name="end_tokens",
        sql=UpsertTriggerSql(
            when="AFTER",
            operation='UPDATE OF "is_active", "role"',
            table="crm_user",
            condition=(
                'WHEN (OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."role" IS DISTINCT FROM (NEW."role"))'
            ),
            func=(
                "UPDATE crm_apitoken SET revoked_at = clock_timestamp()"
                " WHERE user_id = NEW.id AND revoked_at IS NULL; RETURN NULL;"
            ),
            hash="55ec88d9aeb754de04c0d4081a7c1370361dc774",
            pgid="pgtrigger_end_tokens_1c6d3",
        ),
    ),
)

# Whoever moves to another company leaves tokens and remembered calls behind.
LEAVE_TOKENS = AddTrigger(
    model_name="user",
    trigger=Trigger(
        name="leave_tokens",
        sql=UpsertTriggerSql(
            when="BEFORE",
            operation='UPDATE OF "company_id"',
            table="crm_user",
            condition='WHEN (OLD."company_id" IS DISTINCT FROM (NEW."company_id"))',
            func=(
                "DELETE FROM crm_apitoken WHERE user_id = OLD.id;"
                " DELETE FROM crm_idempotentcall WHERE user_id = OLD.id; RETURN NEW;"
            ),
            hash="b494a31d45f149cbb7a864192326ca2a0a60962d",
            pgid="pgtrigger_leave_tokens_35ff2",
        ),
    ),
)


class Migration(migrations.Migration):
    initial = True

    replaces = [
        ("crm", "0001_initial"),
        ("crm", "0002_api_tokens"),
        ("crm", "0003_api_keys"),
    ]
    dependencies = [("auth", "0012_alter_user_first_name_max_length")]

    operations = [
        migrations.CreateModel(
            "Company",
            [
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("name", CleanCharField(max_length=200, unique=True)),
                (
                    "time_zone",
                    models.CharField(
                        default="UTC",
                        max_length=64,
                        help_text="Day boundaries and shown times follow it, for example Europe/Berlin.",
                        validators=[validate_time_zone],
                    ),
                ),
                (
                    "phone_region",
                    models.CharField(
                        default="US",
                        max_length=2,
                        help_text="Phone numbers without a country code are read as of this region.",
                        validators=[validate_phone_region],
                    ),
                ),
                ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
            ],
            options={
                "verbose_name_plural": "companies",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            "User",
            [
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(null=True, blank=True, verbose_name="last login")),
                (
                    "is_superuser",
                    models.BooleanField(
                        default=False,
                        help_text="Designates that this user has all permissions without explicitly assigning them.",
                        verbose_name="superuser status",
                    ),
                ),
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("first_name", CleanCharField(max_length=150, blank=True)),
                ("last_name", CleanCharField(max_length=150, blank=True)),
                (
                    "role",
                    models.CharField(default="rep", max_length=10, choices=[("rep", "Rep"), ("manager", "Manager")]),
                ),
                (
                    "theme",
                    models.CharField(
                        default="system",
                        max_length=10,
                        choices=[("system", "As the device"), ("light", "Light"), ("dark", "Dark")],
                    ),
                ),
                ("shortcuts", models.BooleanField(default=True, verbose_name="single-key shortcuts")),
                ("is_active", models.BooleanField(default=True)),
                ("is_staff", models.BooleanField(default=False)),
                ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
                (
                    "groups",
                    models.ManyToManyField(
                        "auth.group",
                        blank=True,
                        help_text=(
                            "The groups this user belongs to. A user will get all permissions granted to each of"
                            " their groups."
                        ),
                        related_name="user_set",
                        related_query_name="user",
                        verbose_name="groups",
                    ),
                ),
                (
                    "user_permissions",
                    models.ManyToManyField(
                        "auth.permission",
                        blank=True,
                        help_text="Specific permissions for this user.",
                        related_name="user_set",
                        related_query_name="user",
                        verbose_name="user permissions",
                    ),
                ),
                ("company", models.ForeignKey("crm.company", PROTECT, null=True, blank=True, related_name="users")),
            ],
            options={
                "ordering": ["first_name", "last_name", "email"],
                "constraints": [
                    # What the composite foreign keys of attempts, leads and decisions point at.
                    models.UniqueConstraint(fields=["company", "id"], name="user_company_id"),
                    models.CheckConstraint(condition=Q(role__in=["rep", "manager"]), name="user_role_known"),
                    models.CheckConstraint(
                        condition=Q(company__isnull=False) | Q(is_staff=True), name="user_without_company_is_staff"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            "ApiToken",
            [
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("name", CleanCharField(max_length=100)),
                (
                    "scope",
                    models.CharField(
                        default="write", max_length=5, choices=[("read", "Read only"), ("write", "Read and write")]
                    ),
                ),
                ("digest", models.CharField(max_length=64, editable=False, unique=True)),
                ("hint", models.CharField(max_length=12, editable=False)),
                ("created_at", models.DateTimeField(default=timezone.now, editable=False)),
                ("expires_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True, editable=False)),
                ("revoked_at", models.DateTimeField(null=True, editable=False)),
                ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
                ("user", models.ForeignKey(USER, CASCADE, db_constraint=False, related_name="api_tokens")),
            ],
            options={
                "ordering": ["-created_at"],
                "constraints": [
                    models.CheckConstraint(condition=Q(scope__in=["read", "write"]), name="token_scope_known")
                ],
            },
        ),
        company_key("crm_apitoken", "user_id", "crm_user", on_delete="CASCADE"),
        END_TOKENS,
        LEAVE_TOKENS,
        migrations.CreateModel(
            "IdempotentCall",
            [
                ("id", models.UUIDField(primary_key=True, default=new_id, editable=False, serialize=False)),
                ("route", models.CharField(max_length=200)),
                ("key", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField()),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField(default=timezone.now)),
                ("company", models.ForeignKey("crm.company", CASCADE, db_index=False, related_name="+")),
                ("user", models.ForeignKey(USER, CASCADE, db_constraint=False, db_index=False, related_name="+")),
            ],
            options={
                "constraints": [
                    # A retry finds the answer of its first try; of two that run at once one is written.
                    models.UniqueConstraint(fields=["user", "route", "key"], name="idempotent_call_once"),
                ],
                "indexes": [
                    # Those old enough to be forgotten.
                    models.Index(fields=["created_at"], name="idempotent_call_age"),
                ],
            },
        ),
        company_key("crm_idempotentcall", "user_id", "crm_user", on_delete="CASCADE"),
        migrations.CreateModel(
            "ApiUse",
            [
                (
                    "token",
                    models.OneToOneField(
                        "crm.apitoken",
                        CASCADE,
                        primary_key=True,
                        db_constraint=False,
                        related_name="+",
                        serialize=False,
                    ),
                ),
                ("minute", models.DateTimeField()),
                ("calls", models.PositiveIntegerField(default=0)),
            ],
        ),
        # A transaction that writes nothing else ends without waiting for the disk. Room on each page lets the row
        # that is counted up every few milliseconds stay where it is.
        migrations.RunSQL(
            "ALTER TABLE crm_apiuse SET UNLOGGED; ALTER TABLE crm_apiuse SET (fillfactor = 20)",
            "ALTER TABLE crm_apiuse RESET (fillfactor); ALTER TABLE crm_apiuse SET LOGGED",
        ),
    ]
