"""Loads the demonstration: once; run again, it changes nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from app import interop, parties, records
from app.access import Actor
from app.core.errors import Conflict
from app.core.ids import RecordId
from app.core.work import Origin, Work
from app.demo.accounts import Account, acting, are_ready, make_accounts, write_accounts
from app.demo.dealings import Dealer, read_dealings
from app.demo.story import Story, Teller, read_story
from app.edge import Services
from app.interop.manifest import rows_of

FOLDER: Final = Path(__file__).parent
ORIGIN: Final = Origin(door="demo")


def load_demo(services: Services, console: Console) -> Path:
    """Fill an empty portal with the demonstration, and give the file that lists its accounts.

    The file is written last: while it is missing, what was loaded so far is completed, and
    everybody gets a new password.

    Raises:
        Conflict: the database already holds other parties than the demonstration's.
    """
    file = services.settings.data_dir / "demo-accounts.json"
    if are_ready(services, file, ORIGIN):
        return file
    story = read_story()
    with _bar(console) as bar:
        _apply_parties(services, story)
        accounts = _accounts(services, bar)
        imported = list(_imported(services, story, bar))
        _inspect(services, bar)
        teller = Teller(services, ORIGIN, story)
        for owner, path, record_id in bar.track(imported, description="Releasing records"):
            teller.tell(owner, path, record_id)
        known = {f"{owner}/{path}": record_id for owner, path, record_id in imported}
        dealer = Dealer(services, ORIGIN, known, services.clock().date())
        steps = list(dealer.steps(read_dealings()))
        for step in bar.track(steps, description="Asking, talking, following"):
            step()
    write_accounts(accounts, file)
    return file


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
    )


def _apply_parties(services: Services, story: Story) -> None:
    first = next(cast.contributor for cast in story.organisations.values() if cast.contributor)
    with services.units.begin(ORIGIN) as work:
        known = parties.parties(work.session)
        if known and parties.person_by_email(work.session, first) is None:
            raise Conflict(
                "This database holds other parties than the demonstration's. Set ENTENTE_DATA_DIR"
                " to another folder, or ENTENTE_DATABASE_URL to another database."
            )
        schemes = services.gate.keeper.current.schemes
        parties.apply_file(work, schemes, FOLDER / "parties.toml")


def _accounts(services: Services, bar: Progress) -> list[Account]:
    with services.units.begin(ORIGIN) as work:
        count = sum(
            len(parties.people_of(work.session, organisation.slug))
            for organisation in parties.organisations(work.session)
        )
    task = bar.add_task("Making accounts", total=count)
    return list(make_accounts(services, ORIGIN, lambda: bar.advance(task)))


def _imported(
    services: Services, story: Story, bar: Progress
) -> Iterator[tuple[str, str, RecordId]]:
    """Import the manifest of every organisation as its contributor; give owner, path, record."""
    settings = services.settings
    store = interop.AttachmentStore(
        services.keys, services.blobs, settings.arrangement, services.limits
    )
    for owner in bar.track(story.owners, description="Importing records"):
        manifest = FOLDER / "records" / owner / "manifest.csv"
        email = story.organisations[owner].contributor

        def make_actor(work: Work, email: str = email) -> Actor:
            return acting(services, work, email)

        report = interop.import_manifest(
            services.units,
            services.gate,
            make_actor,
            store,
            manifest,
            interop.ImportOptions(),
            origin=ORIGIN,
        )
        for bad in report.bad:
            raise Conflict(f"{manifest}, line {bad.line}: {bad.reason}")
        yield from _records(services, owner, manifest, email)


def _inspect(services: Services, bar: Progress) -> None:
    """Have every attachment inspected, as the worker would."""
    task = bar.add_task("Inspecting attachments", total=None)
    count = records.inspect_waiting(
        services.units,
        services.gate,
        services.inspector,
        origin=ORIGIN,
        watch=lambda done: bar.update(task, completed=done),
    )
    bar.update(task, total=count, completed=count)


def _records(
    services: Services, owner: str, manifest: Path, email: str
) -> Iterator[tuple[str, str, RecordId]]:
    with services.units.begin(ORIGIN) as work:
        actor = acting(services, work, email)
        for row in rows_of(manifest):
            row_hash = interop.row_hash_of(row["path"], row["sha256"])
            record_id = records.imported(work, actor, row_hash)
            if record_id is not None:
                yield owner, row["path"], record_id
