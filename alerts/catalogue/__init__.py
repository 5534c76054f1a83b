"""Overrides of the catalogue, and who may begin and end them."""
