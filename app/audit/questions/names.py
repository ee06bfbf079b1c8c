"""The names of the thirteen questions, as they stand in addresses."""

from enum import StrEnum


class QuestionName(StrEnum):
    """What can be asked of the log."""

    RECORD_OPENED = "record-opened"
    ORGANISATION_OPENED = "organisation-opened"
    PERSON_OPENED = "person-opened"
    COULD_READ = "could-read"
    PERSON_COULD = "person-could-read"
    REFUSED = "refused"
    AFTER_LEAVING = "after-leaving"
    UNUSUAL = "unusual"
    ADMINISTRATION = "administration"
    LABELS_CHANGED = "labels-changed"
    RELEASES = "releases"
    REQUESTS = "requests"
    BULK = "bulk"
