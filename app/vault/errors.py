"""What may go wrong in the vault; no error carries a key, a passphrase or plaintext.

Problem
  Invalid
    AnotherFile        the bytes that arrived are not those that their sender named
  TooLarge
    OverLimit          more bytes than the sealing takes
  Forbidden
    WrongPermit        the permit is for another act or another attachment
  Conflict
    KeyDestroyed       the key was destroyed, and what it protected with it
  Unavailable
    KeyUnavailable     the key provider does not answer, or knows no such key
      WrongPassphrase  the key file does not open under this passphrase
    StoreUnavailable   the blob store does not answer or is full
      BlobMissing      the blob store answers, but has no such blob
    NotAuthentic       a blob, an envelope or a key file is not what was written
      NotCommitted     the data key is not the one that the envelope is committed to

`NotAuthentic` deserves an alert and an event, whoever caught it: a disk has failed or somebody has
written to the store.
"""

from app.core.errors import Conflict, Forbidden, Invalid, TooLarge, Unavailable


class AnotherFile(Invalid):
    """The SHA-256 of what arrived is not the one that its sender named; nothing of it was kept."""

    title = "What arrived is not the file whose SHA-256 was sent. Nothing was kept; send it again"


class OverLimit(TooLarge):
    """More bytes came than the sealing takes; nothing of it was kept."""


class WrongPermit(Forbidden):
    """The permit is not one to see this attachment."""


class KeyDestroyed(Conflict):
    """The key was destroyed on purpose; nothing that it protected can be opened again."""

    title = "This attachment was destroyed, with the key that protected it"


class KeyUnavailable(Unavailable):
    """The key provider does not answer, or has no such key."""

    title = "The key that protects this attachment is not available right now"


class WrongPassphrase(KeyUnavailable):
    """The key file does not open under the passphrase that was given."""

    title = "The passphrase does not open the key file"


class StoreUnavailable(Unavailable):
    """The blob store does not answer, is full or refuses the portal."""

    title = "The store of attachments is not available right now"


class BlobMissing(StoreUnavailable):
    """The store has no blob of this name."""

    title = "The stored copy of this attachment is missing"


class NotAuthentic(Unavailable):
    """What was read is not what was written; nothing of it was let out."""

    title = "The stored copy of this attachment is damaged and was not opened"


class NotCommitted(NotAuthentic):
    """The data key that came out of the wrapping is not the one the envelope is committed to."""
