"""Processes for work that a camera can hang or crash, forked from a server that has loaded FFmpeg once."""

import multiprocessing
import os
import resource
import signal
import sys
import threading
import types
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

_CONTEXT: ForkServerContext = multiprocessing.get_context("forkserver")
_LOCK = threading.Lock()
MEMORY = 1_600 * 1024 * 1024
"""Memory limit: a camera's process takes some 60 MB, with 8 megapixels of H.265 some 400."""
_PRELOADED = ["ingest.video.rtsp", "ingest.video.pictures", "ingest.video.remux", "ingest.video.sampling"]


def start(target: Callable[..., None], *args: object, name: str) -> tuple[ForkServerProcess, Connection]:
    """Start `target(connection, *args)` in a process of its own; return it and our end of the connection.

    Our end raises EOFError when the child has ended, and the child's end does when we have.
    """
    ours, theirs = _CONTEXT.Pipe(duplex=True)
    process = _CONTEXT.Process(target=target, args=(theirs, *args), name=name, daemon=True)
    with _LOCK:
        _CONTEXT.set_forkserver_preload(_PRELOADED)
        # Hide the main script: a child would import it again with the whole command line, which it does not need.
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main
    theirs.close()
    return process, ours


def live_and_die_with(parent: Connection) -> None:
    """Call it in the child: it ends with its parent, even during a call that never returns, and gets bounded memory."""
    bound_memory(MEMORY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when Ctrl-C ends us
    threading.Thread(target=_until_gone, args=(parent,), daemon=True).start()


def bound_memory(more: int) -> None:
    """Limit this process to so many more bytes from now on; larger allocations fail, and others are not affected."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    most = pages * resource.getpagesize() + more
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _until_gone(parent: Connection) -> None:
    try:
        parent.recv_bytes()
    except (EOFError, OSError):
        os._exit(0)


def end(process: ForkServerProcess, connection: Connection) -> None:
    """Kill a child, whatever it is doing, and release all of its resources."""
    process.kill()
    process.join()
    process.close()
    connection.close()
