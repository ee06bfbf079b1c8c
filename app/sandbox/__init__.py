"""Runs one task on one file in a child process without network, and with limits.

`run` names a task, a sealed `Input` in memory and JSON arguments, and gives the task's JSON answer
and the outputs it wrote, or raises `SandboxFailed`. The file is taken for hostile, and so is the
child once it has read it: it can compute and answer, and nothing else. What confines it stands in
docs/decisions/0014-sandbox.md.
"""

from app.sandbox.errors import SandboxFailed
from app.sandbox.limits import Limits
from app.sandbox.memory import Input, Output
from app.sandbox.running import Result, Sandbox, run

__all__ = ["Input", "Limits", "Output", "Result", "Sandbox", "SandboxFailed", "run"]
