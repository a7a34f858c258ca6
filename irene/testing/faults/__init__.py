"""Faults for the tests of whatever stands around providers: which, when, and what came of them."""
