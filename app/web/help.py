"""The help page: how to find, share and release, what the markings mean, what is logged."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.edge import TheGate, Visitor
from app.web.pages import render
from app.web.presenting import scheme_tables

router = APIRouter()


@router.get("/help")
def help_page(request: Request, gate: TheGate, _: Visitor) -> Response:
    schemes = scheme_tables(gate.keeper.current.schemes)
    return render(request, "help.html", {"schemes": schemes})
