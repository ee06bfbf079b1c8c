"""Telling those who are mentioned, asked or take part; nothing that was said is in a notice."""

from app import notices
from app.conversation.sight import Sight
from app.conversation.views import Told
from app.core.ids import AudienceId, MessageId, ThreadId
from app.notices import Kind


def tell_of_message(
    sight: Sight,
    thread_id: ThreadId,
    message_id: MessageId,
    told: Told,
    audience_id: AudienceId,
) -> None:
    """Tell people, all of whom see the thread, that something was said in it."""
    for kind, people in ((Kind.MENTIONED, told.mentioned), (Kind.CONVERSATION, told.others)):
        if people:
            notices.tell(
                sight.work,
                kind,
                people,
                path=f"/threads/{thread_id}",
                record_id=sight.places.record_id,
                audience_id=audience_id,
                key=f"message:{message_id}",
            )
