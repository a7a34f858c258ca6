"""What the commands about providers and plugins find out and print."""
