"""From a text to what is meant, and from that to an answer."""
