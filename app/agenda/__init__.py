"""Agenda: what is coming, and who is told of it beforehand.

Embargoes and planned changes of markings, reviews, ends of grants and agreements, answers that are
due. It looks ahead only: what comes holds when asked, whether or not anybody looked.
"""

from app.agenda.showing import upcoming
from app.agenda.telling import tell
from app.agenda.views import Coming, Matter

__all__ = ["Coming", "Matter", "tell", "upcoming"]
