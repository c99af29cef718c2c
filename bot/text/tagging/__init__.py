"""How hashtags are found: words, candidates, what is known of each, the forest that ranks them, and the choice."""
