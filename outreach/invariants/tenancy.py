"""No row names a row of another company."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from crm.invariants import invariant
from crm.models import Company


@invariant(3, "No row links two companies.")
def links() -> str:
    return " UNION ALL ".join(foreign_rows(field) for field in links_between_tenants())


def links_between_tenants() -> Iterator[models.ForeignKey[models.Model, models.Model]]:
    """Every foreign key between two tables that belong to companies, also of tables added later."""
    for model in apps.get_models():
        if has_company(model):
            for field in model._meta.concrete_fields:
                if isinstance(field, models.ForeignKey) and has_company(field.related_model):
                    yield field


def has_company(model: type[models.Model]) -> bool:
    try:
        return model._meta.get_field("company").related_model is Company
    except FieldDoesNotExist:
        return False


def foreign_rows(field: models.ForeignKey[models.Model, models.Model]) -> str:
    """The SELECT of rows that name a row of another company by this key."""
    table, target = field.model._meta.db_table, field.related_model._meta.db_table
    return f"""
        SELECT row.company_id, '{table} ' || row.{field.model._meta.pk.column}
        FROM {table} AS row JOIN {target} AS named ON named.id = row.{field.column}
        WHERE named.company_id IS DISTINCT FROM row.company_id
    """
