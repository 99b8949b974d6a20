"""The demo world: a believable year in the five districts, made through the same verbs as a real one."""
