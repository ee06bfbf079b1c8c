"""What can be wrong with something that claims to be part of a log."""


class TlogError(Exception):
    """Something of a transparency log does not hold. One line, written for whoever checks it.

    - TlogError
        - ProofError: a proof does not lead where it says.
        - TileError: a tile, an entry bundle or the path of one is not of the published form.
        - NoteError: a signed note, a key or a signature is malformed or does not verify.
            - CheckpointError: a note's text is not a checkpoint.
        - PolicyError: a trust policy is malformed, or is not met.
        - RequestError: what was sent to a witness, or came back, is malformed.
    """


class ProofError(TlogError):
    """A proof does not lead where it says."""


class TileError(TlogError):
    """A tile, an entry bundle or the path of one is not of the published form."""


class NoteError(TlogError):
    """A signed note, a key or a signature is malformed or does not verify."""


class CheckpointError(NoteError):
    """The text of a note is not a checkpoint."""


class PolicyError(TlogError):
    """A trust policy is malformed, or is not met."""


class RequestError(TlogError):
    """What was sent to a witness, or came back from one, is malformed."""
