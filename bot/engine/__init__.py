"""Who runs the lanes. An engine carries wake-ups only; order, due time and truth live in the outbox."""
