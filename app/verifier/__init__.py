"""Verifies a log as an auditor does: from a folder, from an address or from the database."""
