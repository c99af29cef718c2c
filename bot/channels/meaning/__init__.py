"""What each service's errors mean for a segment: one table for each service, named like it."""
