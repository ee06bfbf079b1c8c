"""The command `entente audit verify`: an auditor's, on any machine, with no portal near.

The database is looked for only where neither an address nor a folder is given; nothing of the
server is imported before that.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import verifier
from app.core.errors import Invalid
from app.tlog import TlogError, TrustPolicy
from app.verifier import Asked, Source, Watch

console = Console(highlight=False)

Url = Annotated[
    str | None, typer.Option(help="The portal's address, or that under which a log is published.")
]
Export = Annotated[
    list[Path] | None,
    typer.Option(
        exists=True, help="An exported log (a folder; earlier logs too), or an evidence bundle."
    ),
]
Key = Annotated[
    list[str] | None,
    typer.Option(help="A key of the log that you had from its party: the line, or a file."),
]
PolicyFile = Annotated[
    Path | None, typer.Option(exists=True, help="Whose co-signatures you ask for: a tlog-policy.")
]
OlderCheckpoint = Annotated[
    list[Path] | None, typer.Option(exists=True, help="A checkpoint that you kept from before.")
]
TokenFile = Annotated[
    Path | None, typer.Option(exists=True, help="A file with an auditor's token, for --url.")
]
ReceiptFile = Annotated[
    list[Path] | None, typer.Option(exists=True, help="A receipt that the API answered with.")
]
ReceiptKey = Annotated[
    list[Path] | None, typer.Option(exists=True, help="The key that signs receipts, in PEM.")
]
State = Annotated[
    Path | None, typer.Option(help="Where the last checkpoint of each log is kept, to compare.")
]

AcceptRecovery = Annotated[
    bool,
    typer.Option(
        "--accept-recovery", help="Go on after a restored backup, which a later log must tell of."
    ),
]


def verify(
    url: Url = None,
    export: Export = None,
    key: Key = None,
    policy: PolicyFile = None,
    from_checkpoint: OlderCheckpoint = None,
    token_file: TokenFile = None,
    token: Annotated[str, typer.Option(envvar="ENTENTE_TOKEN", hidden=True)] = "",
    receipt: ReceiptFile = None,
    receipt_key: ReceiptKey = None,
    state: State = None,
    accept_recovery: AcceptRecovery = False,
) -> None:
    """Verify the log, and say in one sentence what is proved, or what is wrong and from where on.

    Example: entente audit verify --url https://entente.example --key party.vkey --token-file token
    """
    if url and export:
        raise typer.BadParameter("Give --url or --export, not both.")
    try:
        asked = Asked(
            kept=verifier.Kept(state or verifier.state_folder()),
            trust=verifier.Trust.given(verifier.read_keys(key)) if key else None,
            policy=TrustPolicy.parse(policy.read_bytes()) if policy else None,
            checkpoints=tuple(map(verifier.read_checkpoint, from_checkpoint or ())),
            receipts=_receipts(receipt or [], receipt_key or []),
            accept_recovery=accept_recovery,
        )
    except TlogError as error:
        raise typer.BadParameter(f"A key or the policy cannot be read: {error}.") from error
    if token_file:
        token = token_file.read_text().strip()
    with _bar() as watch:
        told = _verified(asked, watch, url, export or [], token)
    console.print(told, markup=False, soft_wrap=True)


def _verified(asked: Asked, watch: Watch, url: str | None, export: list[Path], token: str) -> str:
    files = verifier.open_files(export[0]) if len(export) == 1 else None
    if files is not None:
        if asked.checkpoints or asked.receipts:
            raise typer.BadParameter("A selection shows nothing of checkpoints and receipts.")
        return verifier.sentence_of_selection(verifier.verify_selection(files, asked, watch))
    with _source(url, export, token) as source:
        return verifier.sentence(verifier.verify(source, asked, watch))


@contextmanager
def _source(url: str | None, export: list[Path], token: str) -> Iterator[Source]:
    if url:
        yield _at(url, token)
    elif export:
        yield verifier.open_folders(export)
    else:
        with _database() as source:
            yield source


def _at(url: str, token: str) -> Source:
    try:
        return verifier.open_log(url, token or None)
    except Invalid as error:
        raise typer.BadParameter(error.detail) from error


@contextmanager
def _database() -> Iterator[Source]:
    """Open the database of this machine; nothing is written to it."""
    from sqlalchemy.orm import Session

    from app.core.database import locate_database
    from app.core.settings import Settings
    from app.verifier.database import DatabaseSource

    settings = Settings()
    path = settings.log_policy or settings.data_dir / "log" / "policy"
    witnesses = TrustPolicy.parse(path.read_bytes() if path.exists() else "quorum none\n")
    engine = locate_database(settings).application_engine(pool_size=1)
    try:
        with Session(engine) as session:
            yield DatabaseSource.newest(session, witnesses)
    finally:
        engine.dispose()


def _receipts(paths: list[Path], keys: list[Path]) -> tuple[verifier.Receipt, ...]:
    known = verifier.read_receipt_keys([path.read_bytes() for path in keys])
    lines = (line for path in paths for line in path.read_text().split())
    return tuple(verifier.Receipt.parse(line, known) for line in lines)


@contextmanager
def _bar() -> Iterator[Watch]:
    shown = Console(stderr=True)
    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(
        TextColumn("Verifying"),
        *columns,
        console=shown,
        transient=True,
        disable=not shown.is_terminal,
    ) as bar:
        task = bar.add_task("", total=None)

        def watch(done: int, count: int) -> None:
            bar.update(task, completed=done, total=count)

        yield watch
