"""Commands about the log: audit.

What a command needs beyond this module's imports it imports itself: `verify` and `witness` run
on machines that have no portal.
"""

import typer

from app.cli.exports import archive, export
from app.cli.log_keeping import keys, recover, retire_keys, rotate_keys
from app.cli.statements import verify_statement
from app.cli.verify import verify
from app.cli.witness import witness

commands = typer.Typer()
audit_commands = typer.Typer(help="The log: verify it, witness it, export it.")
commands.add_typer(audit_commands, name="audit", no_args_is_help=True)


@audit_commands.callback()
def _audit() -> None:
    pass


audit_commands.command("verify")(verify)
audit_commands.command("verify-statement")(verify_statement)
audit_commands.command("witness")(witness)
audit_commands.command("export")(export)
audit_commands.command("archive")(archive)
audit_commands.command("keys")(keys)
audit_commands.command("rotate-keys")(rotate_keys)
audit_commands.command("retire-keys")(retire_keys)
audit_commands.command("recover")(recover)
