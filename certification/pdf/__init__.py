"""Certificates on paper: plain data in, the bytes of a PDF out."""
