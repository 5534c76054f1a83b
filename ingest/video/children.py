"""Processes for what a camera can hang or crash, forked from a server that has loaded FFmpeg once for all of them."""

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
"""A camera's process takes some 60 MB, with 8 megapixels of H.265 some 400."""
_PRELOADED = ["ingest.video.rtsp", "ingest.video.pictures", "ingest.video.remux", "ingest.video.sampling"]


def start(target: Callable[..., None], *args: object, name: str) -> tuple[ForkServerProcess, Connection]:
    """Start `target(connection, *args)` in a process of its own; gives it and our end of the connection.

    Our end says EOFError when the child is gone, and the child's when we are.
    """
    ours, theirs = _CONTEXT.Pipe(duplex=True)
    process = _CONTEXT.Process(target=target, args=(theirs, *args), name=name, daemon=True)
    with _LOCK:
        _CONTEXT.set_forkserver_preload(_PRELOADED)
        # A child would import the main script again, and with it the whole command line: it needs nothing of it.
        main = sys.modules["__main__"]
        sys.modules["__main__"] = types.ModuleType("__main__")
        try:
            process.start()
        finally:
            sys.modules["__main__"] = main
    theirs.close()
    return process, ours


def live_and_die_with(parent: Connection) -> None:
    """For the child: end with its parent, even in the middle of a call that never returns, and take bounded memory."""
    bound_memory(MEMORY)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides when Ctrl-C ends us
    threading.Thread(target=_until_gone, args=(parent,), daemon=True).start()


def bound_memory(more: int) -> None:
    """From here on this process may take so many bytes more; whatever wants them fails, and nobody else notices."""
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
    """Kill a child, whatever it is doing, and leave nothing of it behind."""
    process.kill()
    process.join()
    process.close()
    connection.close()
