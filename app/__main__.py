"""Runs the command where it was not installed: `python -m app`."""

from app.cli import main

main()
