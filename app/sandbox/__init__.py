"""Runs one task on one file in a child process without network, and with limits."""
