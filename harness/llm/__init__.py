"""Model endpoints, and recordings of them."""
