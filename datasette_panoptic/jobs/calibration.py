"""Which cosines texts have with images in a space: measured once it is filled, so that scores can be compared."""

from __future__ import annotations

import numpy as np

from panoptic_ml import guard
from panoptic_ml.types import Floats

from .embedders import Made

#: Texts and images that are compared: five million pairs.
MOST_WORDS, MOST_IMAGES = 1_000, 5_000

#: The least that may lie between what is usual and what is good, so that scores do not jump.
LEAST = 0.01

#: Things that pictures show, for embedders that name none.
NOUNS = [
    "airplane", "apple", "baby", "backpack", "ball", "banana", "beach", "bear", "bed", "bench", "bicycle", "bird",
    "boat", "book", "bottle", "bowl", "box", "boy", "bread", "bridge", "building", "bus", "butterfly", "cake", "camera",
    "candle", "car", "castle", "cat", "chair", "child", "church", "clock", "cloud", "coat", "computer", "cow", "crowd",
    "cup", "desk", "dog", "door", "dress", "drum", "duck", "elephant", "eye", "face", "farm", "fence", "fire", "fish",
    "flag", "flower", "forest", "fork", "frog", "garden", "girl", "glasses", "grass", "guitar", "hand", "hat", "helmet",
    "hill", "horse", "house", "insect", "island", "kitchen", "knife", "lake", "lamp", "leaf", "letter", "lion", "man",
    "map", "mask", "mirror", "moon", "motorcycle", "mountain", "mouse", "mushroom", "newspaper", "painting", "person",
    "phone", "piano", "plate", "river", "road", "robot", "rock", "room", "rose", "ruin", "screen", "sea", "sheep",
    "ship", "shoe", "sign", "sky", "snow", "soldier", "statue", "street", "sun", "table", "tent", "tower", "toy",
    "train", "tree", "truck", "umbrella", "vase", "wall", "watch", "wheel", "window", "wine", "woman",
]  # fmt: skip


def measured(made: Made, images: Floats) -> dict[str, dict[str, float]]:
    """Return the calibration of a space from some of its vectors: low is usual, high is what the best match has.

    A high that many matches reach, such as a percentile over the words, would make the best images of a query equal.
    """
    words = list(guard.words_of(made.embedder)) or NOUNS
    chosen = words[:: -(-len(words) // MOST_WORDS)]
    cosines = made.embed_texts(chosen) @ images.T
    low = float(np.median(cosines))
    high = float(cosines.max())
    return {"text": {"low": round(low, 6), "high": round(max(high, low + LEAST), 6)}}
