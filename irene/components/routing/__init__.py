"""Who of several providers is asked: balance, fall-back, circuit breakers, retries and hedges."""
