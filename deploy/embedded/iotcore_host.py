"""The process that hosts an iotcore broker: `python -m deploy.embedded.iotcore_host CONFIG UID GID`.

rumqttd can neither stop nor reload its users, so a master forks a worker that runs it. SIGHUP replaces the worker,
SIGTERM ends it, and a worker that ends by itself ends the master, which the supervisor notices. The worker drops
root after the imports, because a service user might not be able to read the modules.
"""

import logging
import os
import signal
import sys

from iotcore import Broker

from deploy.embedded.launch import die_with_parent, drop_privileges

STOP = {signal.SIGTERM, signal.SIGINT}
WATCHED = {signal.SIGHUP, signal.SIGCHLD, *STOP}


def _work(config: str, uid: int, gid: int, master: int) -> None:
    """Run the broker in the worker process until it is killed."""
    if uid >= 0:
        drop_privileges(uid, gid)
    die_with_parent(signal.SIGKILL)
    if os.getppid() != master:
        return
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    for number in STOP:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
    Broker(config_path=config).run_forever()


def _start(config: str, uid: int, gid: int) -> int:
    """Fork a worker and return its pid."""
    master = os.getpid()
    worker = os.fork()  # no thread exists yet in the master, so forking is safe
    if worker == 0:
        try:
            _work(config, uid, gid, master)
        except Exception:
            logging.getLogger(__name__).exception("the broker cannot run")
        finally:
            os._exit(1)
    return worker


def _ended(worker: int) -> bool:
    return os.waitpid(worker, os.WNOHANG)[0] == worker


def _stop(worker: int) -> None:
    os.kill(worker, signal.SIGKILL)  # the worker has no state to save
    os.waitpid(worker, 0)


def main(arguments: list[str]) -> int:
    """Run the broker; return 0 after SIGTERM, 1 when the broker ends by itself."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("rumqttd").setLevel(logging.CRITICAL)  # it logs one span per packet at level ERROR
    config, uid, gid = arguments[0], int(arguments[1]), int(arguments[2])
    signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
    worker = _start(config, uid, gid)
    while True:
        number = signal.sigwait(WATCHED)
        if number == signal.SIGCHLD:
            if _ended(worker):
                return 1
            continue
        _stop(worker)
        if number in STOP:
            return 0
        worker = _start(config, uid, gid)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
