"""A learner's pages, a file per subject."""
