"""The demonstration: parties, people, records, and a short history for each role to look at."""

from app.demo.load import load_demo

__all__ = ["load_demo"]
