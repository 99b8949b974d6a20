"""The institution's pages of this room."""
