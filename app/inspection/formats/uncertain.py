"""When no cleaned copy is made."""


class Uncertain(Exception):
    """Something hidden cannot be taken out without the risk of breaking what is shown."""
