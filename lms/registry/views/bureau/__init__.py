"""The bureau's desk, one file per task."""
