"""The formats that can be looked into, a module each: `look`, `passages` and `clean`.

None of them trusts the file, opens another one or raises for what it finds. What cannot be read
raises `Unreadable`, or whatever the library raises, and becomes the finding "not-inspectable".
`app.inspection.registry` says what each function does, and which module is for which media type.
"""


class Unreadable(Exception):
    """The file is not what its first bytes promise; carries nothing of it."""
