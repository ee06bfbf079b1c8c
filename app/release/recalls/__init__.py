"""Recalls: copies of a withdrawn version are called back, and everybody who took one answers."""

from app.release.recalls.answering import answer, due_tasks, waiting_task_count
from app.release.recalls.beginning import begin
from app.release.recalls.commands import AnswerRecall
from app.release.recalls.evidence import evidence
from app.release.recalls.showing import recall_page, recalls, remind
from app.release.recalls.views import (
    EvidencePack,
    RecallPage,
    RecallsView,
    RecallTaskView,
    RecallView,
    TakenView,
)

__all__ = [
    "AnswerRecall",
    "EvidencePack",
    "RecallPage",
    "RecallTaskView",
    "RecallView",
    "RecallsView",
    "TakenView",
    "answer",
    "begin",
    "due_tasks",
    "evidence",
    "recall_page",
    "recalls",
    "remind",
    "waiting_task_count",
]
