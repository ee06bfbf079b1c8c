"""What may go wrong in the sandbox; no error carries anything of the file.

Problem
  Unavailable
    SandboxFailed   the task gave no answer; `reason` says why
"""

from typing import Literal

from app.core.errors import Unavailable

Reason = Literal["memory", "time", "crash", "output", "unavailable"]

WORDS: dict[Reason, str] = {
    "memory": "The file needs more memory than a file may have.",
    "time": "The file takes longer than a file may take.",
    "crash": "The file cannot be read: it is damaged, or made to break what reads it.",
    "output": "What comes out of the file is larger than the limit.",
    "unavailable": "Files cannot be looked into safely on this machine right now. Try again later.",
}


class SandboxFailed(Unavailable):
    """The task gave no answer; `where` is the place in our own code where it gave up, if known."""

    title = "The file could not be looked into"

    def __init__(self, reason: Reason, where: str = "") -> None:
        super().__init__(WORDS[reason])
        self.reason: Reason = reason
        self.where = where
