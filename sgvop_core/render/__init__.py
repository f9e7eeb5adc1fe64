"""Differentiable renderers behind one contract."""
