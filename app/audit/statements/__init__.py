"""Statements: each month an originator is told, signed, who of others opened its records."""

from app.audit.statements.service import (
    JWS_TYPE,
    make_next,
    own_statements,
    party_statements,
    statement,
)
from app.audit.statements.views import AccessLine, StatementLine, StatementView

__all__ = [
    "JWS_TYPE",
    "AccessLine",
    "StatementLine",
    "StatementView",
    "make_next",
    "own_statements",
    "party_statements",
    "statement",
]
