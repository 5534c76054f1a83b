"""The edge agent: cameras over RTSP at the site, pictures and clips to the platform."""
