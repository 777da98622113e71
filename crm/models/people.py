"""The tenant and the people who work for it."""

from __future__ import annotations

import zoneinfo
from typing import Any, ClassVar
from uuid import UUID

import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from phonenumbers import SUPPORTED_REGIONS

from crm.models.ids import new_id
from crm.text import CleanCharField

AVATAR_TINTS = 4


def validate_time_zone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError("“%(name)s” is not a time zone. Use a name such as Europe/Berlin.", params={"name": name})


def validate_phone_region(code: str) -> None:
    if code not in SUPPORTED_REGIONS:
        raise ValidationError("“%(code)s” is not a region. Use two letters such as US or DE.", params={"code": code})


class Company(models.Model):
    """A tenant: every other row belongs to one. Never deleted while it has history."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    name = CleanCharField(max_length=200, unique=True)
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="Day boundaries and shown times follow it, for example Europe/Berlin.",
    )
    phone_region = models.CharField(
        max_length=2,
        default="US",
        validators=[validate_phone_region],
        help_text="Phone numbers without a country code are read as of this region.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name_plural = "companies"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> User:
        """Find the user by email whatever its case, as people type it. Raises User.DoesNotExist."""
        return self.get(email=normalise_login(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=normalise_login(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


def normalise_login(email: str) -> str:
    return email.strip().lower()


class Role(models.TextChoices):
    REP = "rep", "Rep"
    MANAGER = "manager", "Manager"


class Theme(models.TextChoices):
    SYSTEM = "system", "As the device"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class User(AbstractBaseUser, PermissionsMixin):
    """Logs in by email. Deactivated when leaving, never deleted: history names its authors."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, blank=True, related_name="users")
    email = models.EmailField(max_length=254, unique=True)
    first_name = CleanCharField(max_length=150, blank=True)
    last_name = CleanCharField(max_length=150, blank=True)
    role = models.CharField(max_length=10, choices=Role, default=Role.REP)
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    shortcuts = models.BooleanField("single-key shortcuts", default=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ["first_name", "last_name", "email"]
        constraints = [
            # What the composite foreign keys of attempts, leads and decisions point at.
            models.UniqueConstraint(fields=["company", "id"], name="user_company_id"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="user_role_known"),
            models.CheckConstraint(
                condition=Q(company__isnull=False) | Q(is_staff=True), name="user_without_company_is_staff"
            ),
        ]
        triggers = [
            # Whoever leaves or gets another role, in whatever way, no longer gets in by tokens made before.
            pgtrigger.Trigger(
                name="end_tokens",
                operation=pgtrigger.UpdateOf("is_active", "role"),
                when=pgtrigger.After,
                condition=pgtrigger.AnyChange("is_active", "role"),
                func="UPDATE crm_apitoken SET revoked_at = clock_timestamp()"
                " WHERE user_id = NEW.id AND revoked_at IS NULL; RETURN NULL;",
            ),
            # Whoever moves to another company leaves behind the rows that name them together with this one.
            pgtrigger.Trigger(
                name="leave_tokens",
                operation=pgtrigger.UpdateOf("company_id"),
                when=pgtrigger.Before,
                condition=pgtrigger.AnyChange("company"),
                func="DELETE FROM crm_apitoken WHERE user_id = OLD.id;"
                " DELETE FROM crm_idempotentcall WHERE user_id = OLD.id; RETURN NEW;",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A new password ends the personal tokens made under the old one. A new hash of the same password does not."""
        # AbstractBaseUser keeps a password there until it is saved.
        renewed = vars(self).get("_password") is not None and not self._state.adding
        super().save(*args, **kwargs)
        if renewed:
            self.api_tokens.filter(revoked_at__isnull=True).update(revoked_at=timezone.now())

    def clean(self) -> None:
        self.email = normalise_login(self.email)
        if self.company_id is None and not self.is_staff:
            raise ValidationError({"company": "Everybody but staff belongs to a company."})

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip() or self.email

    @property
    def short_name(self) -> str:
        """What colleagues call this user: the first name, else the full name, else the email."""
        return self.first_name or self.name

    @property
    def initials(self) -> str:
        return initials(self.name)

    @property
    def tint(self) -> int:
        """Which avatar ground is this user's: 0 to 3, the same everywhere and for ever."""
        return tint(self.id)

    @property
    def is_manager(self) -> bool:
        return self.role == Role.MANAGER


def initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


# `User.name` in a statement that joins crm_user AS member.
USER_NAME = "COALESCE(NULLIF(btrim(member.first_name || ' ' || member.last_name), ''), member.email)"


def short_name(name: str) -> str:
    """The first word of a user's full name, such as "Alice" of "Alice Jones": for names kept on a record, as text.

    A `User` at hand has `short_name`, which keeps a first name of two words whole.
    """
    return name.split()[0] if name.strip() else name


def tint(user_id: UUID | None) -> int:
    """The avatar ground of the user with this id, 0 to 3; 0 for a user who was deleted."""
    return user_id.int % AVATAR_TINTS if user_id else 0
