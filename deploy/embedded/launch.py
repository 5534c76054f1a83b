"""Become another program: drop privileges, tie the life to the parent, exec.

The file runs by name with `python -I -S` and imports only the standard library, so it starts in about 10 ms. Both
steps must happen in the child between fork and exec, where a threaded parent must not run Python (`preexec_fn` can
deadlock). Changing the user clears the death signal, so the order matters.

Arguments: parent pid, death signal, user id or -1, group id or -1, then the program and its arguments.
"""

import ctypes
import os
import sys
import warnings  # noqa: F401 - execvp imports it, after which root's Python may be unreadable

PR_SET_PDEATHSIG = 1
CANNOT_START = 127


def die_with_parent(death_signal: int) -> None:
    """Ask the kernel to send this process `death_signal` when the thread that started it ends.

    Args:
        death_signal: Signal number, for example `signal.SIGTERM`.

    Raises:
        OSError: The kernel refused.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def drop_privileges(uid: int, gid: int) -> None:
    """Become user `uid` and group `gid` for good, without supplementary groups."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def main(arguments: list[str]) -> int:
    """Turn this process into the program named in `arguments`; return an exit status only if that fails."""
    parent, death_signal, uid, gid = (int(text) for text in arguments[:4])
    argv = arguments[4:]
    try:
        if uid >= 0:
            drop_privileges(uid, gid)
        die_with_parent(death_signal)
        if os.getppid() != parent:  # the parent died before prctl
            return CANNOT_START
        os.execvp(argv[0], argv)  # noqa: S606 - no shell is the point
    except OSError as error:
        print(f"cannot start {argv[0]}: {error}", file=sys.stderr)  # noqa: T201 - there is no logger yet
    return CANNOT_START


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
