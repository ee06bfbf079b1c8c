"""A router that costs nothing to requests that are not its own."""

from fastapi import APIRouter
from starlette.routing import Match
from starlette.types import Scope


class Below(APIRouter):
    """Routes below one address; whatever asks for another passes them over without a look."""

    def __init__(self, beginning: str) -> None:
        super().__init__()
        self._beginning = beginning

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Look through the routes only for what is asked below their address."""
        if not scope.get("path", "").startswith(self._beginning):
            return Match.NONE, {}
        return super().matches(scope)
