"""Where the sockets are."""

from __future__ import annotations

from django.urls import path

from outreach.live.consumers import LeadConsumer, LeadListConsumer, OwnConsumer

websocket_urlpatterns = [
    path("ws/me/", OwnConsumer.as_asgi()),
    path("ws/leads/", LeadListConsumer.as_asgi()),
    path("ws/leads/<uuid:lead_id>/", LeadConsumer.as_asgi()),
]
