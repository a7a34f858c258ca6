"""How a running assistant is named on a command line, and what it tells."""
