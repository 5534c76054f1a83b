"""The domain models that all rooms share: values, terms, errors, clock, base settings, and their storage.

This room holds the values; the other rooms hold the actions on them. It imports no other room.
"""
