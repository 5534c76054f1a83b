"""Back up an installation and restore it into an empty one.

A backup's folder:

    files/ab/cd/abcd…          evidence files by sha256, shared by all backups there
    20261129T101500.123Z/      one backup; appears under this name when it is whole
        manifest.json          what it holds, with the sha256 of everything
        database.dump          pg_dump, custom format
        files.txt              the evidence files that the database names: `sha256 bytes` a line
        keys.sealed            the keys of the data folder under a passphrase, if asked for
"""
