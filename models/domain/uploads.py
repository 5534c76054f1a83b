"""Headers of an upload in pieces, between the agent and the API (`api/routes/uploads.py`)."""

OFFSET, COMPLETE = "Upload-Offset", "Upload-Complete"
"""Bytes of an upload so far, and whether it is complete (resumable uploads for HTTP, IETF draft)."""
WHOLE = "?1"
"""The value of `Upload-Complete` for a complete upload (RFC 8941 boolean)."""
START, END, CODEC = "Mingchu-Start", "Mingchu-End", "Mingchu-Codec"
"""Beginning and end of the film (RFC 3339), and its codec."""
