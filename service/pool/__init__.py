"""The front process's side of its workers: who waits, who computes, and what is started again."""
