"""Pages of this room for whoever holds a code, signed in or not."""
