"""The Chinese console: pages rendered on the server from typed values, with small scripts beside them.

`words` writes times for people, `chart` is the geometry of a series, `queue`, `board`, `places` and
`stream` build what a page shows, `pages` are the routes.
"""
