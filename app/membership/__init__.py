"""Membership: what a person can reach, their leaving, and the review of who still needs it."""
