"""The product's table of contents, and where what is not in it leads."""

from django.contrib import admin
from django.urls import include, path

from analytics.api import router as analytics_routes
from crm import views
from crm.api import api
from crm.api.door import ROOT, addresses
from crm.login import token_views
from leads.api import router as lead_routes
from outreach.api import router as outreach_routes

handler400 = "crm.failures.pages.bad_request"
handler403 = "crm.failures.pages.forbidden"
handler404 = "crm.failures.pages.not_found"
handler500 = "crm.failures.pages.server_error"

for routes in (lead_routes, outreach_routes, analytics_routes):
    api.add_router("", routes)

urlpatterns = [
    path(ROOT.removeprefix("/"), addresses(api)),
    path("", views.home, name="home"),
    path("", include("leads.urls")),
    path("", include("outreach.urls")),
    path("", include("analytics.urls")),
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("signed-in/", views.signed_in, name="signed_in"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("password/", views.PasswordChange.as_view(), name="password_change"),
    path("password/changed/", views.PasswordChanged.as_view(), name="password_change_done"),
    path("profile/", views.profile, name="profile"),
    path("profile/tokens/", token_views.create, name="token_create"),
    path("profile/tokens/<uuid:token_id>/revoke/", token_views.revoke, name="token_revoke"),
    path("healthz", views.healthz, name="healthz"),
    path("favicon.ico", views.favicon),
    path("admin/", admin.site.urls),
]
