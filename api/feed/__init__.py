"""Reading the event feed: pages, and a stream of them."""
