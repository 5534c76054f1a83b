"""Headers of an upload in pieces: what the agent sends and the API answers (`api/routes/uploads.py`)."""

OFFSET, COMPLETE = "Upload-Offset", "Upload-Complete"
"""How far an upload has come, and whether it is whole (resumable uploads for HTTP, IETF draft)."""
WHOLE = "?1"
"""The value of `Upload-Complete` once nothing is missing (RFC 8941 boolean)."""
START, END, CODEC = "Mingchu-Start", "Mingchu-End", "Mingchu-Codec"
"""When the film begins and ends, RFC 3339, and how it is encoded."""
