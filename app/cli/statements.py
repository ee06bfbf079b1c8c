"""The command `entente audit verify-statement`: an originator's, on any machine."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from app import verifier
from app.core.errors import Invalid
from app.tlog import TlogError
from app.verifier.statements import Statement

console = Console(highlight=False)


def verify_statement(
    file: Annotated[Path, typer.Argument(exists=True, help="The statement: its signed JSON.")],
    signing_key: Annotated[
        list[Path], typer.Option(exists=True, help="The portal's key that signs, in PEM.")
    ],
    url: Annotated[str | None, typer.Option(help="The portal's address.")] = None,
    export: Annotated[
        list[Path] | None, typer.Option(exists=True, help="Exported logs, in place of --url.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="A key of the log that you had from its party: the line, or a file."),
    ] = None,
) -> None:
    """Verify a monthly statement: who signed it, and that the log holds each of its lines.

    Example: entente audit verify-statement march.json --signing-key portal.pem \
--url https://entente.example
    """
    if bool(url) == bool(export):
        raise typer.BadParameter("Give --url or --export.")
    keys = verifier.read_receipt_keys([path.read_bytes() for path in signing_key])
    statement = Statement.parse(file.read_text(), keys)
    try:
        log_keys = verifier.read_keys(key) if key else ()
        source = verifier.open_log(url, None) if url else verifier.open_folders(export or [])
    except TlogError as error:
        raise typer.BadParameter(f"A key of the log cannot be read: {error}.") from error
    except Invalid as error:
        raise typer.BadParameter(error.detail) from error
    told = statement.verify(lambda log: source.earlier(log) or source, log_keys)
    console.print(told, markup=False, soft_wrap=True)
