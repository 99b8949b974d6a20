"""Pages of a training centre's staff."""
