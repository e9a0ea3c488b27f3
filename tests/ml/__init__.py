"""Tests of panoptic_ml, one file per module."""
