from django.urls import path

from outreach.views import contacts, lead, listing, notes, policy, presence, reminders, review

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
    path("review/news/", review.news, name="review_news"),
    path("review/<uuid:attempt_id>/", review.verdict, name="review_verdict"),
    path("leads/<uuid:lead_id>/reminders/", reminders.of_lead, name="lead_reminders"),
    path("reminders/", reminders.band, name="reminders"),
    path("reminders/<uuid:reminder_id>/done/", reminders.done, name="reminder_done"),
    path("reminders/<uuid:reminder_id>/later/", reminders.later, name="reminder_later"),
    path("leads/<uuid:lead_id>/notes/", notes.new, name="lead_notes"),
    path("notes/", notes.notes, name="notes"),
    path("notes/<uuid:note_id>/answer/", notes.answer, name="note_answer"),
    path("notes/<uuid:note_id>/read/", notes.read, name="note_read"),
]
