"""Video: the one door to FFmpeg (PyAV)."""
