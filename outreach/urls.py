from django.urls import path

from outreach.views import contacts, lead, listing, policy, presence, review

urlpatterns = [
    path("leads/", listing.leads, name="lead_list"),
    path("leads/rows/", listing.rows, name="lead_rows"),
    path("leads/<uuid:lead_id>/", lead.lead, name="lead"),
    path("leads/<uuid:lead_id>/timeline/", lead.timeline, name="lead_timeline"),
    path("leads/<uuid:lead_id>/live/", lead.live, name="lead_live"),
    path("leads/<uuid:lead_id>/presence/", presence.presence, name="lead_presence"),
    path("leads/<uuid:lead_id>/claim/", presence.claim, name="lead_claim"),
    path("leads/<uuid:lead_id>/claim/release/", presence.release, name="lead_release"),
    path("leads/<uuid:lead_id>/contacts/new/", contacts.new, name="contact_new"),
    path("leads/<uuid:lead_id>/contacts/verdict/", contacts.verdict, name="contact_verdict"),
    path("contacts/<uuid:attempt_id>/response/", contacts.response, name="contact_response"),
    path("contacts/<uuid:attempt_id>/void/", contacts.void, name="contact_void"),
    path("policy/", policy.policy, name="policy"),
    path("policy/preview/", policy.policy_preview, name="policy_preview"),
    path("review/", review.review, name="review"),
    path("review/<uuid:attempt_id>/", review.verdict, name="review_verdict"),
]
