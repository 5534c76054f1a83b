"""The domain models that all rooms share: values, terms, errors, clock, base settings, and their storage.

Nouns live here, verbs in the room that does the work. This room imports no other room.
"""
