"""Simulated samples of a document, and the methods that the consensus is measured against."""
