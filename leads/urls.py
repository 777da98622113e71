from django.urls import path

from leads import views

urlpatterns = [
    path("leads/new/", views.new, name="lead_new"),
    path("leads/check/", views.check, name="lead_check_new"),
    path("leads/<uuid:lead_id>/check/", views.check, name="lead_check"),
    path("leads/<uuid:lead_id>/edit/", views.edit, name="lead_edit"),
    path("leads/<uuid:lead_id>/status/", views.status, name="lead_status"),
    path("leads/<uuid:lead_id>/owner/", views.owner, name="lead_owner"),
    path("leads/<uuid:lead_id>/do-not-contact/", views.do_not_contact, name="lead_do_not_contact"),
]
