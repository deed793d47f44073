"""OpenSpec's folders: changes, specs, schemas and the archive on disk."""
