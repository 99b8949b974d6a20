"""A synthetic world of any size, for measuring and for trying pages out at scale."""
