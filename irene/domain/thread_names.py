"""Names of the threads of irene, by which the end of a process knows them."""

PREFIX = "irene-"
"""begins the name of every one"""
TIER = "tier"
"""goes on that of those on which recognisers read sentences that nobody may ever ask about"""
