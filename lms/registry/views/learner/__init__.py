"""The learner's own pages, one file per task."""
