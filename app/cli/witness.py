"""The command `entente audit witness`: a party's, on its own machine, apart from the portal.

The witness itself is imported when it is run: `entente audit verify` needs nothing of it.
"""

import ipaddress
from pathlib import Path
from typing import Annotated

import typer

from app.core.errors import Invalid

Listen = Annotated[str, typer.Option(help="The address to answer at, host:port.")]
State = Annotated[
    Path, typer.Option(help="The folder of the keys, and of what has been cosigned. Keep it.")
]
Name = Annotated[
    str | None,
    typer.Option(help="The witness's name, a URL without its scheme. Needed once, for its keys."),
]
Log = Annotated[
    list[str] | None,
    typer.Option(help="The key of a log to witness, as its operator gave it to you. Repeatable."),
]
ShowKey = Annotated[
    bool, typer.Option("--show-key", help="Print the witness's keys for the policy, and end.")
]


def witness(
    state: State,
    listen: Listen = "127.0.0.1:8201",
    name: Name = None,
    log: Log = None,
    show_key: ShowKey = False,
) -> None:
    """Witness logs: cosign each checkpoint only if it continues the one before.

    The keys of further logs may stand in the file `logs` of the state's folder,
    one to a line, also while the witness runs: the log of a new year, a new key.

    Example: entente audit witness --state ~/witness --log "$(cat vkey)"
    --name witness.sg.example/entente
    """
    import uvicorn

    from app.core.clock import utc_now
    from app.witness import TrustedLogs, Witness, WitnessKeys, WitnessState, create_app

    host, port = _address(listen)
    folder = WitnessState.open(state)
    keys = WitnessKeys.load_or_create(state, name)
    if show_key:
        for vkey in keys.vkeys:
            typer.echo(vkey.text())
        return
    trusted = TrustedLogs.load(log or [], state)
    typer.echo(f"{keys.name} witnesses at http://{listen}", err=True)
    uvicorn.run(
        create_app(Witness(keys, trusted, folder, utc_now)),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def _address(listen: str) -> tuple[str, int]:
    host, colon, port = listen.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        number = int(port)
        if not colon or not 0 <= number < 2**16:
            raise ValueError
    except ValueError:
        raise Invalid(f"This is no address to listen at: {listen!r}. Say 127.0.0.1:8201.") from None
    return host, number
