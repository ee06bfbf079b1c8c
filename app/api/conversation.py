"""Conversations: comments and requests for information at a version or a part of it."""

from dataclasses import dataclass

from app import conversation
from app.api.answers import nouns
from app.conversation import Say, StartThread, ThreadView
from app.core.ids import MessageId, ThreadId, VersionId
from app.edge import SignedInActor, TheGate, Working

router = nouns("conversation", "")


@dataclass(frozen=True)
class Begun:
    """The thread that began."""

    thread_id: ThreadId


@dataclass(frozen=True)
class WasSaid:
    """The message that was said."""

    message_id: MessageId


@router.get("/threads")
def list_open_threads(work: Working, gate: TheGate, actor: SignedInActor) -> tuple[ThreadView, ...]:
    """List the open threads that you take part in, or that ask your organisation."""
    return conversation.open_threads(work, gate, actor)


@router.get("/versions/{version_id}/threads")
def list_threads(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId
) -> tuple[ThreadView, ...]:
    """List the threads at a version that you may see."""
    return conversation.threads_of(work, gate, actor, version_id).threads


@router.post("/versions/{version_id}/threads", status_code=201)
def begin_thread(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId, asked: StartThread
) -> Begun:
    """Begin a comment or a request for information."""
    return Begun(conversation.start(work, gate, actor, version_id, asked))


@router.get("/threads/{thread_id}")
def read_thread(
    work: Working, gate: TheGate, actor: SignedInActor, thread_id: ThreadId
) -> ThreadView:
    """Read one thread."""
    return conversation.thread(work, gate, actor, thread_id)


@router.post("/threads/{thread_id}/messages", status_code=201)
def say_in_thread(
    work: Working, gate: TheGate, actor: SignedInActor, thread_id: ThreadId, said: Say
) -> WasSaid:
    """Say something; `answers` settles a request for information that asks your organisation."""
    return WasSaid(conversation.say(work, gate, actor, thread_id, said))


@router.post("/threads/{thread_id}/messages/{message_id}/withdrawal", status_code=204)
def withdraw_message(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    thread_id: ThreadId,
    message_id: MessageId,
) -> None:
    """Take back what you said."""
    conversation.withdraw_message(work, gate, actor, thread_id, message_id)


@router.post("/threads/{thread_id}/resolution", status_code=204)
def resolve_thread(work: Working, gate: TheGate, actor: SignedInActor, thread_id: ThreadId) -> None:
    """Resolve a thread that you began, or that stands at your organisation's record."""
    conversation.resolve(work, gate, actor, thread_id)


@router.delete("/threads/{thread_id}/resolution", status_code=204)
def reopen_thread(work: Working, gate: TheGate, actor: SignedInActor, thread_id: ThreadId) -> None:
    """Open a resolved thread again."""
    conversation.reopen(work, gate, actor, thread_id)
