"""Mail as bytes and sockets: what every mail of an edition shares, what differs, its signature, its way, its return."""
