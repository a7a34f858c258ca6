"""The providers of one slot: who is asked, who stands in for whom, and what is told of it."""
