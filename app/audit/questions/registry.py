"""The questions that can be asked, by name and in the order in which they are offered."""

from collections.abc import Mapping
from typing import Final

from app.audit.questions import opened
from app.audit.questions.names import QuestionName
from app.audit.questions.question import Question
from app.audit.questions.views import QuestionView

QUESTIONS: Final[Mapping[QuestionName, Question]] = {
    question.name: question
    for question in (opened.BY_RECORD, opened.BY_ORGANISATION, opened.BY_PERSON)
}


def questions() -> list[QuestionView]:
    """Give the questions that can be asked, in their order."""
    return [
        QuestionView(one.name, one.title, one.about, one.needs, one.filters)
        for one in QUESTIONS.values()
    ]
