"""What engines hear in recordings of which it is known what is in them."""
