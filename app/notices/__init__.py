"""Notices: what a person is told of, in the portal, by mail and as a feed."""
