"""The safeguard: may this rep contact this person by this method now?"""

from outreach.guard.check import Review, check, glance, review, review_all
from outreach.guard.parts import Previous
from outreach.guard.question import Question
from outreach.guard.verdict import Answer, Reason, Verdict

__all__ = ["Answer", "Previous", "Question", "Reason", "Review", "Verdict", "check", "glance", "review", "review_all"]
