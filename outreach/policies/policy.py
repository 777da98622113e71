"""What the limits of a company are, and how its managers change them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from crm.models import Company, User
from crm.models.tenancy import company_id_of
from crm.postgres.clock import database_clock
from leads.methods import ContactMethod
from outreach.guard.parts import Limits
from outreach.live import events
from outreach.models import COMPANY_LIMITS, LIMITS, CompanyPolicy, ContactPolicy, default_limits
from outreach.policies.words import PolicyChange, claim, hard_limit, organization, similar, warning

# From and to, both included. 0 hours or days switch a rule off.
BOUNDS = {
    "cooldown_hours": (0, 24 * 365),
    "cooldown_count": (1, 100),
    "warning_days": (0, 365),
    "organization_days": (0, 365),
    "similarity_percent": (30, 100),
    "claim_minutes": (1, 60),
}
LONGEST_VERSION = 200

Values = dict[str, int]


@dataclass(frozen=True)
class MethodLimits:
    """At most `cooldown_count` contacts within the hours; an earlier one within the days needs a reason."""

    cooldown_hours: int
    cooldown_count: int
    warning_days: int


@dataclass(frozen=True)
class Policy:
    """Every limit of one company: by method, and for the company as a whole."""

    methods: Mapping[str, MethodLimits]
    organization_days: int
    organization_warns: bool
    similarity_percent: int
    claim_minutes: int

    @classmethod
    def of(cls, values: Mapping[str, int]) -> Policy:
        """From flat values such as `email_cooldown_hours`, the fields of the form."""
        methods = {m: MethodLimits(**{name: values[f"{m}_{name}"] for name in LIMITS}) for m in ContactMethod.values}
        return cls.with_company_limits(methods, values)

    @classmethod
    def with_company_limits(cls, methods: Mapping[str, MethodLimits], values: Mapping[str, int]) -> Policy:
        """values: a number for each of COMPANY_LIMITS, a switch as 0 or 1."""
        return cls(
            methods=methods,
            organization_days=values["organization_days"],
            organization_warns=bool(values["organization_warns"]),
            similarity_percent=values["similarity_percent"],
            claim_minutes=values["claim_minutes"],
        )

    @property
    def limits(self) -> dict[str, Limits]:
        """By method, as the guard's rules take them."""
        return {m: Limits(own.cooldown_hours, own.cooldown_count, own.warning_days) for m, own in self.methods.items()}

    @property
    def values(self) -> Values:
        of_methods = {f"{m}_{name}": getattr(self.methods[m], name) for m in ContactMethod.values for name in LIMITS}
        return of_methods | {name: getattr(self, name) for name in COMPANY_LIMITS}

    @property
    def version(self) -> str:
        """What a form carries to tell which limits it was rendered with: the limits themselves."""
        return "-".join(str(int(value)) for value in self.values.values())

    @classmethod
    def of_version(cls, version: str) -> Policy | None:
        parts, names = version[:LONGEST_VERSION].split("-"), list(DEFAULTS.values)
        if len(parts) != len(names) or not all(part.isascii() and part.isdecimal() for part in parts):
            return None
        values = dict(zip(names, map(int, parts), strict=True))
        return cls.of(values)


DEFAULTS = Policy.with_company_limits(
    {m: MethodLimits(**default_limits(m)) for m in ContactMethod.values}, settings.COMPANY_POLICY_DEFAULTS
)


class PolicyChanged(Exception):
    """Somebody else changed the limits since the form was rendered."""

    def __init__(self, current: Policy) -> None:
        super().__init__("The policy has been changed meanwhile.")
        self.current = current


def read_policy(company: Company) -> Policy:
    """The company's own limits, and the defaults where it has set none."""
    rows = {row.method: row for row in ContactPolicy.objects.filter(company=company)}
    return policy_of(rows, CompanyPolicy.objects.filter(company=company).first())


def policy_of(rows: Mapping[str, ContactPolicy], whole: CompanyPolicy | None) -> Policy:
    methods = {
        method: MethodLimits(**{name: getattr(rows[method], name) for name in LIMITS}) if method in rows else limits
        for method, limits in DEFAULTS.methods.items()
    }
    return Policy.with_company_limits(methods, {name: getattr(whole or DEFAULTS, name) for name in COMPANY_LIMITS})


def set_policy(*, user: User, policy: Policy, seen: str = "") -> list[PolicyChange]:
    """Make these the limits of the user's company and return what changed; rows that say the same are left alone.

    seen: the version of the limits the form was rendered with. The audit rows are the database's own doing.
    Raises PermissionDenied unless the user is a manager, ValidationError with a message for each limit out of its
    bounds, PolicyChanged when somebody else changed the limits since.
    """
    if not may_change(user):
        raise PermissionDenied("Only managers change the policy.")
    check_bounds(policy)
    company_id = company_id_of(user)
    with transaction.atomic():
        Company.objects.select_for_update(no_key=True).get(pk=company_id)
        rows = {row.method: row for row in ContactPolicy.objects.filter(company_id=company_id)}
        whole = CompanyPolicy.objects.filter(company_id=company_id).first()
        current = policy_of(rows, whole)
        if seen and seen != current.version:
            raise PolicyChanged(current)
        for method, limits in policy.methods.items():
            if limits != current.methods[method]:
                store(rows.get(method) or ContactPolicy(company_id=company_id, method=method), limits, user)
        if any(getattr(policy, name) != getattr(current, name) for name in COMPANY_LIMITS):
            store(whole or CompanyPolicy(company_id=company_id), policy, user)
        if policy != current:
            events.announce_policy(company_id)
    return changes(current, policy)


def may_change(user: User) -> bool:
    return user.company_id is not None and user.is_manager


def check_bounds(policy: Policy) -> None:
    errors = {}
    for field, value in policy.values.items():
        low, high = bounds_of(field)
        if not low <= value <= high:
            errors[field] = ValidationError(bounds_words(field), code="out_of_bounds")
    if errors:
        raise ValidationError(errors)


def bounds_of(field: str) -> tuple[int, int]:
    """The bounds of a flat field; a switch is 0 or 1."""
    return next((bounds for name, bounds in BOUNDS.items() if field.endswith(name)), (0, 1))


def bounds_words(field: str) -> str:
    low, high = bounds_of(field)
    return f"Use a whole number from {low:,} to {high:,}."


def store(row: ContactPolicy | CompanyPolicy, limits: MethodLimits | Policy, user: User) -> None:
    names = LIMITS if isinstance(row, ContactPolicy) else COMPANY_LIMITS
    for name in names:
        setattr(row, name, getattr(limits, name))
    is_new = row._state.adding
    stamp(row, user)
    row.save(update_fields=None if is_new else [*names, "changed_by", "changed_by_name"])


def stamp(row: ContactPolicy | CompanyPolicy, user: User) -> None:
    """Say who changed this row, and, of a company's first one, until when the defaults held.

    That is the database's time, which the guard compares with that of contacts: what the defaults had closed
    stays closed.
    """
    row.changed_by, row.changed_by_name = user, user.name
    if row._state.adding:
        row.created_at = database_clock()


def changes(was: Policy, now: Policy) -> list[PolicyChange]:
    """What differs between two policies, each in words."""
    limits = []
    for method in ContactMethod:
        before, after = was.methods[method], now.methods[method]
        limits.append(PolicyChange(method, method.label, hard_limit(after), hard_limit(before)))
        limits.append(
            PolicyChange(method, f"{method.label}, asks for a reason within", warning(after), warning(before))
        )
    limits.append(PolicyChange("organization", "Same organization", organization(now), organization(was)))
    limits.append(PolicyChange("similar", "Similar messages", similar(now), similar(was)))
    limits.append(PolicyChange("claim", "Shown as writing", claim(now), claim(was)))
    return [limit for limit in limits if limit.now != limit.was]


def merge(base: Policy | None, typed: Policy, current: Policy) -> Policy:
    """What was typed, over what others changed meanwhile: a field that was left alone keeps their value."""
    if base is None:
        return typed
    before, theirs = base.values, current.values
    return Policy.of({f: theirs[f] if value == before[f] else value for f, value in typed.values.items()})
