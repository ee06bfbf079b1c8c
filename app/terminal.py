"""What the command line shows of long work: how far, how fast, how long still."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from app import interop

SHOWN_PATH = 48


def _bar(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(show_speed=True),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[path]}", markup=False),
        console=console,
    )


@contextmanager
def import_watch(console: Console) -> Iterator[interop.Watch]:
    """Show an import's progress by rows, with rows a second and the time left."""
    with _bar(console) as bar:
        task = bar.add_task("Importing", total=None, path="", rate="")

        def watch(progress: interop.Progress, /) -> None:
            speed = bar.tasks[task].speed
            bar.update(
                task,
                total=progress.rows_count,
                completed=progress.done_count,
                path=progress.path[-SHOWN_PATH:],
                rate=f"{speed:.1f}/s" if speed else "",
            )

        yield watch


@contextmanager
def count_watch(console: Console, doing: str) -> Iterator[Callable[[int, int], None]]:
    """Show how many are done with, of how many."""
    with _bar(console) as bar:
        task = bar.add_task(doing, total=None, path="", rate="")

        def watch(done_count: int, count: int) -> None:
            speed = bar.tasks[task].speed
            bar.update(
                task, total=count, completed=done_count, rate=f"{speed:.1f}/s" if speed else ""
            )

        yield watch


def say_bad_rows(console: Console, report: interop.ImportReport) -> None:
    """Say of each row that was not imported where it stands and what to do."""
    for bad in report.bad:
        console.print(f"Line {bad.line}, {bad.path}: {bad.reason}", markup=False)
