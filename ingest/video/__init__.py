"""Video. The only room that imports FFmpeg (PyAV)."""
