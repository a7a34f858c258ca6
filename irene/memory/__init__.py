"""Memory that is lent, and the limit that it is held to."""
