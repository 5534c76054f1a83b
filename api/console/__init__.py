"""The Chinese console: pages rendered on the server from typed values, with small scripts beside them.

`pages` holds the routes. Each page has a folder whose `page.py` loads the values that its template shows. `shell` holds
the parts that all pages share.
"""
