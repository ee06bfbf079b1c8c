"""Requests: asking for what is not released to one, and the answer of its originator."""
