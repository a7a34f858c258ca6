"""What is written on terminals, and how."""
