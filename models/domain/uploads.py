"""Headers of a resumable upload, which the agent sends and the API answers (`api/routes/uploads.py`)."""

OFFSET, COMPLETE = "Upload-Offset", "Upload-Complete"
"""Bytes received so far, and whether the upload is complete (resumable uploads for HTTP, IETF draft)."""
WHOLE = "?1"
"""The value of `Upload-Complete` for a complete upload (RFC 8941 boolean)."""
START, END, CODEC = "Mingchu-Start", "Mingchu-End", "Mingchu-Codec"
"""Beginning and end of the film (RFC 3339), and its codec."""
