"""The verbs, in the order of the data: ingest, selection, compose, dispatch; tick is the order of it all."""
