"""Proposals: changes of who may read what, which a second person confirms before they bind."""
