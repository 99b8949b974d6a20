"""Pages of the institution manager's desk."""
