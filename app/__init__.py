"""Entente, a secure information-exchange portal."""
