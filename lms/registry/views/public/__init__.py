"""Pages for everybody: signing in, and one's own account."""
