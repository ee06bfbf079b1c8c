"""Interop: what comes in from files and what goes out to other systems."""
