"""Reading sentence files, and telling what is wrong with them."""
