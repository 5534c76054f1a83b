"""Training of the second look: cut crops from prepared pictures, train a small network, export it."""
