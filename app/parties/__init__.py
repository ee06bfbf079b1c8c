"""Parties: organisations and their agreements, people, roles and groups, and their facts."""

from app.parties.facts import actor_for, actor_with, candidates, profile_of, public_actor

__all__ = ["actor_for", "actor_with", "candidates", "profile_of", "public_actor"]
