"""Embedders that are always there: no model, no download."""
