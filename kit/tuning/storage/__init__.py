"""Where a study is kept, shared by processes that may be killed: journal, database, heartbeats, requeued trials."""
