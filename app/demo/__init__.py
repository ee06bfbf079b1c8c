"""The demonstration: parties, people, records, and a short history for each role to look at."""

from app.demo.load import load_demo
from app.demo.witnesses import run_witnesses

__all__ = ["load_demo", "run_witnesses"]
