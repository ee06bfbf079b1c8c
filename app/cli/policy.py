"""Commands about the policies and marking schemes: policy."""

import typer

from app.access import PolicyKeeper
from app.cli.acting import console
from app.cli.explaining import explain
from app.cli.policy_impact import propose, show_impact
from app.cli.policy_tests import test_policies
from app.core.settings import Settings

commands = typer.Typer()
policy_commands = typer.Typer(help="The policies and marking schemes.")
commands.add_typer(policy_commands, name="policy", no_args_is_help=True)


@policy_commands.command("check")
def check_policies() -> None:
    """Load the policies and schemes with every check that serving makes, and say what they are.

    Example: ENTENTE_POLICIES_DIR=new-policies entente policy check
    """
    policies = PolicyKeeper(Settings().policies_dir).current
    for policy in policies.policies.values():
        console.print(f"[bold]{policy.id}[/bold]  {policy.explain}")
    console.print(f"{len(policies.policies)} policies, sound. Version {policies.version}")


policy_commands.command("test")(test_policies)
policy_commands.command("explain")(explain)
policy_commands.command("impact")(show_impact)
policy_commands.command("propose")(propose)
