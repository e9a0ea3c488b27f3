"""Actions: what a machine can say of images that needs no training by their people."""
