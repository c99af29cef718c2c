"""Connections with an end: for whoever calls others over HTTP."""
