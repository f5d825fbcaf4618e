"""Kinds of evidence: one kind per file; a new file joins by itself."""
