"""Pure policy: the pipeline table, the fold over a journal, and what follows from them."""
