"""Pages of the bureau's desk."""
