"""What somebody types, viewed as one of those who would read it, while it is typed."""

from app import records
from app.access import Action, Actor, Gate, Subject
from app.core.ids import VersionId
from app.core.work import Work
from app.records import DraftInput
from app.release.audience import crowd_of
from app.release.viewing import ORGANISATION
from app.release.views import ViewedAs


def view_typed(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, command: DraftInput, whom: str
) -> ViewedAs:
    """Show what is typed into a draft as a person or an organisation would see it, once released.

    A person is viewed as with the surest sign-in that they have set up. Nothing is saved.

    Args:
        whom: `person:` and an id, or `org:` and a slug, as in a marking.

    Raises:
        Refused: there is no such draft, or nobody like that who could read anything.
        Invalid: what is typed needs another look.
    """
    crowd = crowd_of(work, gate)
    people = [
        (person, name)
        for person, name in crowd.names.items()
        if whom in (f"{ORGANISATION}:{name.slug}", f"person:{person}")
    ]
    if not people:
        raise gate.refusal(work, actor, Action.AMEND, Subject("version", version_id))
    profiles = crowd.profiles([person for person, _ in people])
    seen = records.seen_typed(work, gate, actor, version_id, command, profiles, whom=whom)
    first = people[0][1]
    return ViewedAs(
        whom=whom,
        name=first.organisation if whom.startswith(ORGANISATION) else first.name,
        organisation=first.organisation,
        people_count=len(people),
        at=None,
        why="",
        seen=seen,
    )
