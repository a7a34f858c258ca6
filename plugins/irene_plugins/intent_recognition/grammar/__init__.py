"""From sentence templates to a grammar of words."""
