"""The command `entente`.

Exit codes: 0 done, 1 refused or failed with one clear line, 2 wrong usage.

Each module holds the commands of one noun; it is imported when one of them is run, so that an
auditor's machine verifies a log without a line of the server.
"""

import logging
import sys
from importlib import import_module
from typing import Any, Final

import typer
from rich.console import Console
from typer.core import TyperGroup

from app.core.errors import Problem

__all__ = ["app", "main"]

HOMES: Final = {
    "demo": "running",
    "serve": "running",
    "worker": "running",
    "migrate": "running",
    "doctor": "doctor",
    "import": "content",
    "release": "content",
    "parties": "people",
    "people": "people",
    "policy": "policy",
    "audit": "audit",
    "keys": "keys",
    "bench": "bench",
}


class ByNeed(TyperGroup):
    """Finds each command in the module that is its home, and imports no other."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Name the commands in the order in which help shows them."""
        return list(HOMES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Give the command of this name, or nothing."""
        if cmd_name not in HOMES:
            return None
        home = import_module(f"app.cli.{HOMES[cmd_name]}")
        return typer.main.get_group(home.commands).get_command(ctx, cmd_name)


app = typer.Typer(
    cls=ByNeed,
    help="Entente: exchange of marked records between the parties to an arrangement.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)


@app.callback()
def _entente() -> None:
    pass


def main() -> None:
    """Run the command; a problem is one clear line."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    try:
        app()
    except Problem as problem:
        _say(f"entente: {problem.detail or problem.title}")
        for place, detail in getattr(problem, "fields", {}).items():
            _say(f"  {place}: {detail}")
        sys.exit(1)


def _say(line: str) -> None:
    """Write one line, however long, as it is."""
    Console(stderr=True, highlight=False).print(line, markup=False, soft_wrap=True)
