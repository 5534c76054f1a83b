"""The edge agent: reads a site's cameras over RTSP, and sends pictures and clips to the platform."""
