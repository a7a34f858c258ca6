"""The providers that come with irene, each written as a third party would write it."""
