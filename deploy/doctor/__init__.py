"""`mingchu doctor`: find problems of an installation and name their remedies."""
