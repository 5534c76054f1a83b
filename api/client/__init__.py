"""The client for supervision platforms: one file, installed alone with `pip install ./api/client`."""
