"""A sandbox in which the list of system calls is never put into force; the proof must see it."""

from app.sandbox import system_calls
from tests.misbehaving import copy

__all__ = ["copy"]

system_calls.forbid_all_others = lambda: None
