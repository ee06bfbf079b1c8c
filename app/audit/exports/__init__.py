"""Exports of the log: for a SIEM, for a spreadsheet, as evidence, and as a whole."""
