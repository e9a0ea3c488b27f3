"""Painters of the demo: each takes a source of chance and returns a picture."""

from __future__ import annotations

import colorsys
import math
import random
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw

Color = tuple[int, int, int]

SCALE = 2  # painted larger and reduced, so that edges are smooth


def color(hue: float, saturation: float, value: float) -> Color:
    red, green, blue = colorsys.hsv_to_rgb(hue % 1, min(saturation, 1), min(value, 1))
    return int(red * 255), int(green * 255), int(blue * 255)


def blend(start: Color, end: Color, share: float) -> Color:
    red, green, blue = (int(a + (b - a) * share) for a, b in zip(start, end, strict=True))
    return red, green, blue


def gradient(width: int, height: int, top: Color, bottom: Color) -> Image.Image:
    share = np.linspace(0, 1, height)[:, None, None]
    rows = (1 - share) * np.array(top) + share * np.array(bottom)
    return Image.fromarray(np.broadcast_to(rows, (height, width, 3)).astype(np.uint8))


def landscape(chance: random.Random) -> Image.Image:
    """Hills behind hills under a low sun, paler with distance."""
    width, height = 640 * SCALE, chance.choice((360, 420, 480)) * SCALE
    hue = chance.random()
    sky, glow, ground = color(hue, 0.45, 0.75), color(hue + 0.12, 0.35, 1), color(hue + 0.55, 0.6, 0.22)
    picture = gradient(width, height, sky, glow)
    draw = ImageDraw.Draw(picture)
    radius = chance.uniform(0.05, 0.1) * width
    x, y = chance.uniform(0.2, 0.8) * width, chance.uniform(0.25, 0.5) * height
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=color(hue + 0.14, 0.15, 1))
    layers = chance.randint(4, 7)
    for layer in range(layers):
        base = height * (0.45 + 0.5 * layer / layers)
        waves = [(chance.uniform(0.5, 5 + layer), chance.uniform(0, 7), chance.uniform(0.02, 0.07)) for _ in range(4)]
        ridge = [
            (x, base + height * sum(size * math.sin(speed * x / width * 6 + phase) for speed, phase, size in waves) / 2)
            for x in range(0, width + 8, 8)
        ]
        draw.polygon([(0, height), *ridge, (width, height)], fill=blend(glow, ground, (layer + 1) / layers))
    return picture.reduce(SCALE)


def composition(chance: random.Random) -> Image.Image:
    """Circles, bars and quarters on a grid, in four colours on paper."""
    columns, rows = chance.randint(3, 6), chance.randint(3, 6)
    cell = 640 * SCALE // max(columns, rows)
    picture = Image.new("RGB", (columns * cell, rows * cell), color(0.11, 0.08, 0.97))
    draw = ImageDraw.Draw(picture)
    hue = chance.random()
    inks = [color(hue, 0.75, 0.85), color(hue + 0.08, 0.6, 0.95), color(hue + 0.5, 0.55, 0.45), (32, 32, 38)]
    for column in range(columns):
        for row in range(rows):
            x, y = column * cell, row * cell
            box = (x, y, x + cell, y + cell)
            ink, other = chance.sample(inks, 2)
            match chance.randrange(5):
                case 0:
                    draw.rectangle(box, fill=ink)
                    draw.ellipse((x + cell * 0.2, y + cell * 0.2, x + cell * 0.8, y + cell * 0.8), fill=other)
                case 1:
                    dx, dy = chance.choice((-cell, 0)), chance.choice((-cell, 0))
                    quarter = (x + dx, y + dy, x + dx + 2 * cell, y + dy + 2 * cell)
                    start = {(0, 0): 180, (-cell, 0): 270, (-cell, -cell): 0, (0, -cell): 90}[dx, dy]
                    draw.pieslice(quarter, start, start + 90, fill=ink)
                case 2:
                    for bar in range(0, 4, 2):
                        draw.rectangle((x, y + bar * cell / 4, x + cell, y + (bar + 1) * cell / 4), fill=ink)
                case 3:
                    draw.polygon([(x, y), (x + cell, y), (x, y + cell)], fill=ink)
                case 4:
                    draw.ellipse(box, fill=ink)
    return picture.reduce(SCALE)


def plant(chance: random.Random) -> Image.Image:
    """A pressed plant on herbarium paper."""
    width, height = 420 * SCALE, chance.choice((520, 560, 600)) * SCALE
    paper = color(0.11, chance.uniform(0.06, 0.14), chance.uniform(0.9, 0.97))
    picture = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(picture)
    hue = chance.uniform(0.14, 0.4)
    stem, leaf = color(hue, 0.5, 0.35), color(hue + 0.03, 0.45, 0.5)
    bloom = color(chance.random(), 0.55, 0.8) if chance.random() < 0.6 else None
    spread = chance.uniform(0.3, 0.6)

    def grow(x: float, y: float, angle: float, length: float, depth: int) -> None:
        end_x, end_y = x + length * math.cos(angle), y - length * math.sin(angle)
        draw.line((x, y, end_x, end_y), fill=stem, width=max(2, depth * SCALE))
        if depth == 0:
            radius = length * (0.45 if bloom else 0.3)
            draw.ellipse((end_x - radius, end_y - radius, end_x + radius, end_y + radius), fill=bloom or leaf)
            return
        for turn in (-spread, 0.08, spread):
            if chance.random() < 0.86:
                bend = turn + chance.uniform(-0.15, 0.15)
                grow(end_x, end_y, angle + bend, length * chance.uniform(0.6, 0.8), depth - 1)

    grow(width / 2, height * 0.94, math.pi / 2, height * 0.22, 5)
    return picture.reduce(SCALE)


def waves(chance: random.Random) -> Image.Image:
    """Rings of a few sources that meet, in two colours."""
    width, height = chance.choice(((560, 560), (640, 440), (440, 640)))
    y, x = np.mgrid[0:height, 0:width] / 560
    field = sum(
        np.sin(np.hypot(x - chance.uniform(-0.2, 1.2), y - chance.uniform(-0.2, 1.2)) * chance.uniform(30, 80))
        for _ in range(chance.randint(2, 4))
    )
    share = (1 / (1 + np.exp(-4 * np.asarray(field))))[..., None]
    hue = chance.random()
    dark, light = color(hue, 0.7, 0.25), color(hue + chance.uniform(0.05, 0.2), 0.25, 0.98)
    return Image.fromarray(((1 - share) * np.array(dark) + share * np.array(light)).astype(np.uint8))


PAINTERS: dict[str, Callable[[random.Random], Image.Image]] = {
    "landscape": landscape,
    "composition": composition,
    "plant": plant,
    "waves": waves,
}
