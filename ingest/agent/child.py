"""A camera's process: one connection, from opening to end. The agent may kill it at any time."""

from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from ingest.agent.wire import Failed, Message, Picture, pack
from ingest.video.address import CameraAddress
from ingest.video.children import live_and_die_with
from ingest.video.failure import CameraFailed
from ingest.video.pictures import PictureMaker
from ingest.video.remux import Material, write_mp4
from ingest.video.rtsp import OPEN_S, READ_S, RtspConnection, connect
from ingest.video.sampling import Mode, Sampler


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraJob:
    """The task of a camera's process."""

    address: CameraAddress
    sample_fps: float = 1.0
    sample: Mode = "auto"
    open_s: float = OPEN_S
    read_s: float = READ_S


def watch_camera(agent: Connection, job: CameraJob) -> None:
    """Connect, send every packet and the sampled pictures to the agent, and report why the connection ended."""
    live_and_die_with(agent)
    try:
        with connect(job.address, open_s=job.open_s, read_s=job.read_s) as connection:
            _hand_over(agent, connection, job)
    except CameraFailed as error:
        _send(agent, Failed(error.reason, str(error)))
    except (BrokenPipeError, ConnectionResetError):
        pass  # the agent has ended


def _hand_over(agent: Connection, connection: RtspConnection, job: CameraJob) -> None:
    _send(agent, connection.info)
    sampler, pictures = Sampler(fps=job.sample_fps, mode=job.sample), PictureMaker(connection.info)
    for packet in connection.packets():
        _send(agent, packet)
        wanted = sampler.offer(packet)
        jpeg = None if wanted is None else pictures.jpeg(wanted)
        if jpeg is not None:
            _send(agent, Picture(packet.at, jpeg))


def _send(agent: Connection, message: Message) -> None:
    agent.send_bytes(pack(message))


def write_clip(agent: Connection, material: Material, path: Path) -> None:
    """Write a clip's file in this process, so that the agent does not parse a camera's bytes."""
    live_and_die_with(agent)
    try:
        write_mp4(material, path)
        agent.send_bytes(b"")
    except Exception as error:  # noqa: BLE001 - the agent must learn of any error
        agent.send_bytes(str(error)[:500].encode() or b"?")
