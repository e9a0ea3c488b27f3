"""Projectors: maps of a corpus."""
