"""HTTP contract, authentication and authorisation, event feed, console pages.

Contains no SQL and decides no transition: it calls `models.store` and `alerts`.
"""
