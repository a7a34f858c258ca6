"""One stretch of memory from which blocks of any size are given out."""
