"""Every kind of entry has its place among the questions, or is named here as needing none."""

from app.audit import actions
from app.web.log_words import EVENT_WORDS

# A person's own account and what the log and the findings say of themselves: asked for by type.
ASKED_BY_TYPE = {
    *(
        "alert.raised",
        "alert.refused",
        "attachment.begun",
        "attachment.checked",
        "attachment.continued",
        "attachment.damaged",
    ),
    *("attachment.rewrapped", "attachment.inspected", "inspection.begun", "inspection.failed"),
    *("audience.previewed", "log.witness-refused", "organisation.shown", "password.changed"),
    *("password.chosen", "review.refused", "second-factor.confirmed", "session.ended"),
    *("statement.refused", "token.revoked"),
}


def test_no_kind_of_entry_is_forgotten() -> None:
    found = {*actions.OPENED, *actions.EXPORTED, *actions.LABELS_CHANGED, *actions.ADMINISTRATION}
    found |= {type_ for types in actions.ACTIONS.values() for type_ in types}
    assert set(EVENT_WORDS) - found <= ASKED_BY_TYPE
    assert not found & ASKED_BY_TYPE


def test_what_ends_or_begins_a_standing_is_an_administrative_act() -> None:
    told = {*actions.LEFT, *actions.CAME_BACK, *actions.ADMITTED, *actions.AGREED}
    assert told <= set(actions.ADMINISTRATION)


def test_nothing_is_opened_and_refused_at_once() -> None:
    assert not any(type_.endswith(".refused") for type_ in actions.OPENED)
