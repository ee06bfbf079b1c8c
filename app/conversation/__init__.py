"""Conversation: comments and requests for information at a record or a part of it."""
