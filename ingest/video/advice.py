"""Advice for an owner about a camera, in plain words. Pure."""

from dataclasses import dataclass

from ingest.payloads.status import Reason

LONGEST_KEY_INTERVAL_S = 4.0
"""Key frames rarer than this force full decoding for one picture a second, and clips begin seconds too early."""
MOST_KBPS = 8192.0
MOST_SKEW_S = 5.0
FEWEST_FPS = 8.0


@dataclass(frozen=True, slots=True)
class Advice:
    """One piece of advice in both languages."""

    zh: str
    en: str


_SMART = Advice(
    "关键帧间隔太长:请在摄像机“视频编码”中关闭智能编码(H.264+/H.265+/Smart Codec),并把 I 帧间隔设为 1–2 秒(25–50 帧)。",
    "Key frames are too rare: switch off smart codec (H.264+/H.265+) in the camera's video settings and set the "
    "I-frame interval to 1–2 s (25–50 frames).",
)
_BY_REASON: dict[Reason, Advice] = {
    "wrong_password": Advice(
        "用户名或密码不正确:请用摄像机网页的登录账号再试;连续输错会被摄像机锁定约 30 分钟。",
        "User name or password is wrong: use the log-in of the camera's web page; after a few wrong tries cameras lock "
        "you out for about 30 minutes.",
    ),
    "unreachable": Advice(
        "连接不上摄像机:请检查电源和网线,核对地址和端口(RTSP 一般是 554),并确认本机与摄像机在同一网络。",
        "The camera can't be reached: check its power and cable, its address and port (RTSP is usually 554), and that "
        "this machine is in the same network.",
    ),
    "not_found": Advice(
        "摄像机没有这个码流路径:海康 /Streaming/Channels/101,大华 /cam/realmonitor?channel=1&subtype=0,"
        "宇视 /media/video1,TP-LINK /stream1。",
        "The camera has no such path: Hikvision /Streaming/Channels/101, Dahua "
        "/cam/realmonitor?channel=1&subtype=0, Uniview /media/video1, TP-Link /stream1.",
    ),
    "no_video": Advice(
        "接通了但没有画面:请确认地址是摄像机的 RTSP 端口,并在摄像机中启用该码流的视频。",
        "It answers, but sends no picture: make sure this is the camera's RTSP port and that video is switched on for "
        "this stream.",
    ),
    "stalled": Advice(
        "摄像机有连接但不回应:请重启摄像机;若同时取流的客户端过多,请关闭一些。",
        "The camera takes the connection but does not answer: restart it; if too many programs watch it, close some.",
    ),
    "unsupported_codec": Advice(
        "视频编码不支持:请在摄像机中把编码改为 H.264(或 H.265)。",
        "This video codec is not supported: set the camera to H.264 (or H.265).",
    ),
}
_UDP_ONLY = Advice(
    "摄像机只肯用 UDP 传输:请在摄像机网络设置中允许 RTP over RTSP(TCP)。",
    "The camera offers UDP only: allow RTP over RTSP (TCP) in its network settings.",
)


_BY_STATUS: dict[int, Advice] = {
    400: Advice(
        "摄像机看不懂这个地址(400):请核对码流路径,特殊字符要用百分号编码。",
        "The camera does not understand the address (400): check the path; special characters are percent-encoded.",
    ),
    403: Advice(
        "登录成功但没有权限(403):请在摄像机用户管理中给该账号开启“预览”权限,并检查 IP 白名单。",
        "The log-in is right but may not see this (403): give the user the right of live view, check the camera's list "
        "of allowed addresses.",
    ),
    405: Advice(
        "该端口不提供取流(405):请确认是摄像机的 RTSP 端口。",
        "This port does not offer streams (405): make sure it is the camera's RTSP port.",
    ),
    406: Advice(
        "摄像机不提供可用的码流格式(406):请把编码改为 H.264。",
        "The camera offers no format that can be used (406): set it to H.264.",
    ),
    415: Advice(
        "摄像机不提供可用的码流格式(415):请把编码改为 H.264。",
        "The camera offers no format that can be used (415): set it to H.264.",
    ),
    453: Advice(
        "摄像机取流数量或带宽已满(453):请关闭其他取流的程序,或改用子码流。",
        "The camera has no room for one more viewer (453): close other programs that watch it, or take its sub-stream.",
    ),
    454: Advice(
        "摄像机丢失了会话(454):请重启摄像机;经过录像机转发时请检查录像机。",
        "The camera has lost the session (454): restart it; check the recorder if the stream comes through one.",
    ),
    500: Advice(
        "摄像机内部错误(500):请重启摄像机或录像机,并升级固件。",
        "The camera has an error of its own (500): restart it or the recorder, and update its firmware.",
    ),
    501: Advice(
        "摄像机不支持该功能(501):请启用 RTSP 取流。",
        "The camera does not support this (501): switch RTSP on.",
    ),
    503: Advice(
        "摄像机或录像机通道忙或离线(503):请检查该通道是否在线,稍后会自动重试。",
        "The camera, or its channel at the recorder, is busy or offline (503): check the channel; we try again.",
    ),
    504: Advice(
        "录像机连不上该通道的摄像机(504):请检查通道的网络和电源。",
        "The recorder does not reach the camera of this channel (504): check its network and power.",
    ),
}


def _of_status(status: int) -> Advice | None:
    if status in _BY_STATUS or status < _SERVER_ERRORS:
        return _BY_STATUS.get(status)
    return Advice(
        f"摄像机或录像机自身出错({status}):请重启后再试。",
        f"The camera or recorder has an error of its own ({status}): restart it.",
    )


_SERVER_ERRORS = 500


def about_failure(reason: Reason, *, udp_only: bool = False, status: int | None = None) -> tuple[Advice, ...]:
    """Return advice when there is no picture; `status` is the camera's RTSP status, if it answered."""
    of_status = None if status is None else _of_status(status)
    return (_UDP_ONLY if udp_only else of_status or _BY_REASON[reason],)


def about_stream(
    *,
    fps: float | None,
    bitrate_kbps: float | None,
    key_interval_s: float | None,
    listened_s: float,
    clock_skew_s: float | None,
) -> tuple[Advice, ...]:
    """Return advice on the settings of a camera that sends pictures; empty if all is well."""
    lines: list[Advice] = []
    rare = key_interval_s if key_interval_s is not None else listened_s
    if rare > LONGEST_KEY_INTERVAL_S:
        lines.append(_SMART)
    if fps is not None and fps < FEWEST_FPS:
        lines.append(
            Advice(
                f"帧率只有 {fps:g}:请设为 15–25 帧/秒,回放才看得清动作。",
                f"Only {fps:g} frames a second: set 15–25, so that a clip shows movements clearly.",
            )
        )
    if bitrate_kbps is not None and bitrate_kbps > MOST_KBPS:
        lines.append(
            Advice(
                f"码率 {bitrate_kbps:.0f} kbps 偏高:1080P 用 2048–4096 kbps 即可,过高会拖慢网络。",
                f"{bitrate_kbps:.0f} kbps is high: 2048–4096 kbps do for 1080p; more slows the network down.",
            )
        )
    if clock_skew_s is not None and abs(clock_skew_s) > MOST_SKEW_S:
        lines.append(
            Advice(
                f"摄像机时钟偏差 {clock_skew_s:+.0f} 秒:请开启 NTP 校时(画面上的时间会不准)。",
                f"The camera's clock is off by {clock_skew_s:+.0f} s: switch on NTP; the time in the picture is wrong.",
            )
        )
    return tuple(lines)
