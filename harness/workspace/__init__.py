"""Git by plumbing, and the private directories that agents work in."""
