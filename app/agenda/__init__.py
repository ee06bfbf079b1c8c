"""Agenda: what is coming, and who is told of it beforehand."""
