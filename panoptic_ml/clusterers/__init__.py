"""Clusterers: scikit-learn's, and duplicates by hash. All number their clusters from the largest down."""
