"""The domain models everyone speaks: values, terms, errors, clock, settings base and their storage.

Nouns live here, verbs in the room that does the work. This room imports no other room.
"""
