"""What `manage.py check` looks at beyond Django's own checks: set-ups that seem to work and do not."""

from __future__ import annotations

from django.conf import settings
from django.core.checks import Error, register

IN_MEMORY = "channels.layers.InMemoryChannelLayer"


@register("tandem")
def live_pages_reach_everybody(app_configs: object, **kwargs: object) -> list[Error]:
    layer = settings.CHANNEL_LAYERS.get("default", {}).get("BACKEND")
    if settings.PRODUCTION and layer == IN_MEMORY:
        return [
            Error(
                "The in-memory channel layer reaches one process only.",
                hint="Set REDIS_URL, or viewers served by another process never hear of a contact.",
                id="tandem.E001",
            )
        ]
    return []


@register("tandem")
def connections_are_bounded(app_configs: object, **kwargs: object) -> list[Error]:
    database = settings.DATABASES["default"]
    pool = database.get("OPTIONS", {}).get("pool")
    if database.get("CONN_MAX_AGE", 0) != 0 or not (isinstance(pool, dict) and pool.get("max_size")):
        return [
            Error(
                "Database connections must come from a bounded pool, with CONN_MAX_AGE 0.",
                hint="Persistent connections pile up under ASGI until the server refuses new ones.",
                id="tandem.E002",
            )
        ]
    return []


@register("tandem", deploy=True)
def production_has_an_address(app_configs: object, **kwargs: object) -> list[Error]:
    plain = [origin for origin in settings.ORIGINS if not origin.startswith("https://")]
    if not settings.ORIGINS or plain:
        return [
            Error(
                "TANDEM_ORIGINS must name where people reach Tandem, as https://crm.example.com.",
                hint="Several are parted by commas. Hosts, forms and sockets are allowed by it.",
                id="tandem.E003",
            )
        ]
    return []
