"""What the commands about performance run and print."""
