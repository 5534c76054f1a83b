"""Register and import enterprises and devices, and decide who may change what is supervised."""
