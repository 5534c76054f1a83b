"""Overrides of the catalogue: who may begin and end them."""
