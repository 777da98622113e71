"""The smallest valid row of each kind, and nothing around it."""

from __future__ import annotations

import factory

from crm.models import Company, Role, User
from leads.methods import ContactMethod
from leads.models import Lead
from outreach.models import ContactAttempt, Direction


class CompanyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Company

    name = factory.Sequence(lambda n: f"Company {n}")


class UserFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = User

    company = factory.SubFactory(CompanyFactory)
    email = factory.Sequence(lambda n: f"user{n}@company.test")
    first_name = "Una"
    last_name = "User"
    role = Role.REP
    password = "!"


class LeadFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Lead

    company = factory.SubFactory(CompanyFactory)
    first_name = "Dana"
    last_name = factory.Sequence(lambda n: f"Miller{n}")


class AttemptFactory(factory.django.DjangoModelFactory):
    """An attempt as a bare save writes it: past the guard, the signal keeping the summary."""

    class Meta:
        model = ContactAttempt

    lead = factory.SubFactory(LeadFactory)
    company = factory.SelfAttribute("lead.company")
    user = factory.SubFactory(UserFactory, company=factory.SelfAttribute("..company"))
    user_name = factory.LazyAttribute(lambda attempt: attempt.user.name)
    method = ContactMethod.EMAIL
    direction = Direction.OUTBOUND
