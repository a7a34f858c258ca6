"""The provider router, tried on simulated fleets in virtual time."""
