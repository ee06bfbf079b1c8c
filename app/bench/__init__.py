"""Bench: a seeded store of any size, for measuring."""
