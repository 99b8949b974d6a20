"""The institution's desk, one file per task."""
