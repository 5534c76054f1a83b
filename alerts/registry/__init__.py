"""Register and import enterprises, kitchens and devices; change and end their supervision."""
