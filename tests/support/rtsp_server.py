# ruff: noqa: ANN001, ANN201, ANN204, PTH123, T201
# A script for the system's Python; gi has no types.
"""A camera made of gst-rtsp-server. Runs under the system's Python (`/usr/bin/python3`), which has `gi`.

    rtsp_server.py PORT MOUNT=FOOTAGE[,user=U,password=P] …

FOOTAGE is a file of access units as `tests/support/rtsp.py` writes it: a JSON line, then 4 bytes of length
and the Annex B bytes of each. It is played for ever at its own frame rate. One pipeline without an encoder serves
all clients of a mount, so fifty clients cost little more than one. `play MOUNT FOOTAGE` on the standard input
continues a mount with other footage, `quit` ends the server. It prints `ready` once clients can connect.
"""

import json
import struct
import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402 - the versions must be named first

PARSE = {"h264": "h264parse", "h265": "h265parse"}
CAPS = "video/x-{codec},stream-format=byte-stream,alignment=au,framerate={fps}/1"
LAUNCH = (
    "( appsrc name=source is-live=true format=time block=false max-bytes=8000000 caps={caps} "
    "! {parse} ! rtp{codec}pay name=pay0 pt=96 config-interval=0 )"
)


def load(path):
    with open(path, "rb") as file:
        about = json.loads(file.readline())
        units = []
        while head := file.read(4):
            units.append(file.read(struct.unpack(">I", head)[0]))
    return about, units


class Mount:
    def __init__(self, path):
        self.about, self.units = load(path)

    def feed(self, source, stop):
        number, began = 0, time.monotonic()
        while not stop.is_set():
            at = number / self.about["fps"]
            time.sleep(max(0, began + at - time.monotonic()))
            unit = self.units[number % len(self.units)]
            buffer = Gst.Buffer.new_wrapped(unit)
            buffer.pts = buffer.dts = int(at * Gst.SECOND)
            buffer.duration = int(Gst.SECOND / self.about["fps"])
            if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            number += 1


class Factory(GstRtspServer.RTSPMediaFactory):
    def __init__(self, mount):
        super().__init__()
        self.mount = mount
        about = mount.about
        caps = CAPS.format(codec=about["codec"], fps=about["fps"])
        self.set_launch(LAUNCH.format(caps=caps, codec=about["codec"], parse=PARSE[about["codec"]]))
        self.set_shared(True)

    def do_configure(self, media):
        stop = threading.Event()
        source = media.get_element().get_child_by_name("source")
        threading.Thread(target=self.mount.feed, args=(source, stop), daemon=True).start()
        media.connect("unprepared", lambda _media: stop.set())


def protect(server, factory, user, password):
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)  # only digest, as in cameras
    auth.add_digest(user, password, token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_permission_for_role("viewer", "media.factory.access", True)
    permissions.add_permission_for_role("viewer", "media.factory.construct", True)
    factory.set_permissions(permissions)


def main():
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(sys.argv[1])
    mounts = {}
    for argument in sys.argv[2:]:
        name, _, rest = argument.partition("=")
        path, *options = rest.split(",")
        extra = dict(option.split("=", 1) for option in options)
        mounts[name] = Mount(path)
        factory = Factory(mounts[name])
        if extra:
            protect(server, factory, extra["user"], extra["password"])
        server.get_mount_points().add_factory(f"/{name}", factory)
    if server.attach(None) == 0:
        sys.exit("the port is taken")
    loop = GLib.MainLoop()
    threading.Thread(target=command, args=(loop, mounts), daemon=True).start()
    print("ready", flush=True)
    loop.run()


def command(loop, mounts):
    for line in sys.stdin:
        words = line.split()
        if words[0] == "play":
            mounts[words[1]].about, mounts[words[1]].units = load(words[2])
    loop.quit()


main()
