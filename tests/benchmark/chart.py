# SPDX-FileCopyrightText: Tencent Cloud Chat collection contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the chart of the benchmark page: it follows the color scheme, and is legible on a telephone."""

from __future__ import annotations

import math
from xml.sax.saxutils import escape

WIDTH, EDGE = 440, 12  # as wide as the other figures
ZERO, END = 98, 368  # where 1 ms and the longest bar are; figures follow the bars
TOP, BAR = 92, 24
COLORS = ("ours", "module", "uri")

HEAD = """<svg xmlns="http://www.w3.org/2000/svg" role="img"
  viewBox="0 0 {width} {height}" width="{width}" height="{height}">
  <title>Milliseconds for each app</title>
  <desc>{desc}</desc>
  <style>
    svg {{ --back: #ffffff; --ink: #1d2733; --soft: #44515f; --line: #cdd4db; --ours: #0b6e4f; --module: #5b8def;
      --uri: #c44536 }}
    @media (prefers-color-scheme: dark) {{
      svg {{ --back: #131416; --ink: #eef1f4; --soft: #c3cad2; --line: #3a4149; --ours: #3fae86; --module: #7ea6f4;
        --uri: #e5806f }}
    }}
    text {{ font: 14.5px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink) }}
    .title {{ font-size: 16px; font-weight: 600 }}
    .soft {{ fill: var(--soft) }}
    .tick {{ fill: var(--soft); text-anchor: middle }}
    .figure {{ stroke: var(--back); stroke-width: 4px; paint-order: stroke }}
    line {{ stroke: var(--line) }}
    .back {{ fill: var(--back) }}
    .ours {{ fill: var(--ours) }}
    .module {{ fill: var(--module) }}
    .uri {{ fill: var(--uri) }}
  </style>
  <rect class="back" x="0" y="0" width="{width}" height="{height}"/>
"""


def draw(bars: dict[str, dict[str, float]]) -> str:
    """Return an SVG of *bars*: for each scene, the milliseconds of each contestant."""
    longest = max(value for scene in bars.values() for value in scene.values())
    decades = math.ceil(math.log10(longest))

    def place(value: float) -> float:
        return ZERO + (END - ZERO) * math.log10(max(value, 1)) / decades

    grid = [place(10**power) for power in range(decades + 1)]
    lines, y = [], TOP
    for scene, values in bars.items():
        lines.append(f'  <text class="title" x="{EDGE}" y="{y + 16}">{escape(scene)}</text>')
        y += 24
        lines += [f'  <line x1="{x:.1f}" y1="{y}" x2="{x:.1f}" y2="{y + BAR * len(values)}"/>' for x in grid]
        for color, (name, value) in zip(COLORS, values.items(), strict=True):
            end = place(value)
            figure = f"{value:.1f}" if value < 100 else f"{value:.0f}"
            lines += [
                f'  <text class="soft" x="{EDGE}" y="{y + 16}">{escape(name)}</text>',
                f'  <rect class="{color}" x="{ZERO}" y="{y + 2}" width="{end - ZERO:.1f}" height="{BAR - 5}"/>',
                f'  <text class="figure" x="{end + 6:.1f}" y="{y + 16}">{figure} ms</text>',
            ]
            y += BAR
        y += 14
    ticks = [f'  <text class="tick" x="{x:.1f}" y="{TOP - 10}">{10**power:,}</text>' for power, x in enumerate(grid)]
    head = [
        f'  <text class="title" x="{EDGE}" y="28">Milliseconds for each app (less is better)</text>',
        f'  <text class="soft" x="{EDGE}" y="50">Logarithmic scale: each line is 10 times the line before.</text>',
    ]
    desc = "Horizontal bars on a logarithmic scale: in-process, as a module, and with uri, in each scene."
    return HEAD.format(width=WIDTH, height=y, desc=desc) + "\n".join([*head, *ticks, *lines, "</svg>"]) + "\n"
