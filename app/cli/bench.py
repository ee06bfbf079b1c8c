"""Commands about measuring: bench."""

from typing import Annotated

import typer

from app import bench
from app.cli.acting import console
from app.core.settings import Settings
from app.main import assemble
from app.terminal import count_watch

commands = typer.Typer()
bench_commands = typer.Typer(help="A store to measure with.")
commands.add_typer(bench_commands, name="bench", no_args_is_help=True)


@bench_commands.callback()
def _bench() -> None:
    pass


@bench_commands.command("seed")
def seed_store(
    records: Annotated[int, typer.Option(help="How many records, of three portions each.")],
    audiences: Annotated[int, typer.Option(help="How many audiences they have.")] = 2_000,
    profiles: Annotated[int, typer.Option(help="How many people take part.")] = 500,
    organisations: Annotated[int, typer.Option(help="How many organisations.")] = 50,
    seed: Annotated[int, typer.Option(help="Where chance begins.")] = 1,
) -> None:
    """Fill an empty, migrated database with made-up people and records, always alike.

    Never in a portal that serves anybody: nothing can be taken out again.

    Example: ENTENTE_DATA_DIR=/var/tmp/bench entente bench seed --records 10000
    """
    plan = bench.Plan(records, audiences, profiles, organisations, seed)
    services = assemble(Settings())
    with count_watch(console, "Seeding") as watch:
        bench.seed(
            services.database, services.units, services.gate.keeper.current.schemes, plan, watch
        )
    console.print(f"{records} records. What each of these sees, of the records:")
    for share in bench.SHARES:
        console.print(f"  {share:>10}  {bench.address(share)}")
