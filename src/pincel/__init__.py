"""Pincel."""
