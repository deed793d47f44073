"""Where entries and blobs are kept."""
