"""The questions that can be asked, by name and in the order in which they are offered."""

from collections.abc import Mapping
from typing import Final

from app.audit.questions.administration import BY_ADMINISTRATORS, OF_LABELS
from app.audit.questions.bulk import BULK
from app.audit.questions.could_read import COULD_READ
from app.audit.questions.leaving import AFTER_LEAVING
from app.audit.questions.names import QuestionName
from app.audit.questions.opened import BY_ORGANISATION, BY_PERSON, BY_RECORD
from app.audit.questions.person_could import PERSON_COULD
from app.audit.questions.procedure import OF_RELEASES, OF_REQUESTS
from app.audit.questions.question import Question
from app.audit.questions.refused import REFUSED
from app.audit.questions.unusual import UNUSUAL
from app.audit.questions.views import QuestionView

QUESTIONS: Final[Mapping[QuestionName, Question]] = {
    question.name: question
    for question in (
        *(BY_RECORD, BY_ORGANISATION, BY_PERSON, COULD_READ, PERSON_COULD),
        *(
            REFUSED,
            AFTER_LEAVING,
            UNUSUAL,
            BY_ADMINISTRATORS,
            OF_LABELS,
            OF_RELEASES,
            OF_REQUESTS,
            BULK,
        ),
    )
}


def questions() -> list[QuestionView]:
    """Give the questions that can be asked, in their order."""
    return [
        QuestionView(one.name, one.title, one.about, one.needs, one.filters)
        for one in QUESTIONS.values()
    ]
