"""Benchmarks: each figure of the documentation comes from one of these."""
