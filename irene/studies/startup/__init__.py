"""How fast irene starts and answers, from the first import to the first sound."""
