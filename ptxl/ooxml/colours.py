"""Colours of styles, made lighter or darker. Pure."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls


def shaded(colour: tuple[int, int, int], tint: float) -> tuple[int, int, int]:
    """A colour made darker (tint below 0, down to -1) or lighter (up to 1)."""
    share = max(-1.0, min(1.0, tint))
    hue, light, saturation = rgb_to_hls(*(part / 255 for part in colour))
    light = light * (1 + share) if share < 0 else light * (1 - share) + share
    red, green, blue = hls_to_rgb(hue, light, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
