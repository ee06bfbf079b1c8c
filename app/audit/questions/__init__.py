"""The thirteen questions of the auditor's workbench.

Each answer is a sentence, the numbers of a picture, and a table, of the log at a signed size.
"""

from app.audit.questions.answering import WholeAnswer, answer, answer_whole
from app.audit.questions.names import QuestionName
from app.audit.questions.registry import questions
from app.audit.questions.views import (
    Answer,
    Asked,
    Chart,
    Column,
    Named,
    QuestionView,
    Row,
    Series,
    Total,
    Value,
)

__all__ = [
    "Answer",
    "Asked",
    "Chart",
    "Column",
    "Named",
    "QuestionName",
    "QuestionView",
    "Row",
    "Series",
    "Total",
    "Value",
    "WholeAnswer",
    "answer",
    "answer_whole",
    "questions",
]
