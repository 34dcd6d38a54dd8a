"""Draws the token benchmark: four small panels, one an algorithm, a bar a library, the bare call as a line.

Light and dark like the other pictures of docs/diagrams.
"""

from html import escape
from statistics import median

from measure.tokens import TITLES, figures, micro, ratio

PANELS = (("HS256", "HS256, a shared secret"), ("RS256", "RS256, RSA 2048"), ("ES256", "ES256, P-256"), ("EdDSA", "EdDSA, Ed25519"))
WIDTH, MARGIN, GAP = 780, 24, 28
PANEL_W = (WIDTH - 2 * MARGIN - GAP) // 2
NAME_W, FIGURE_W, ROW_H, BAR_H = 96, 104, 26, 16
VERBS = {"verify": "Checking a token", "sign": "Making a token"}

STYLE = """
    .bg { fill: #ffffff; stroke: #d5dbe1 }
    text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; fill: #1f2328 }
    .title { font-weight: 600; font-size: 17px }
    .head { font-weight: 600; font-size: 14px }
    .soft { fill: #59636e; font-size: 12px }
    .ours { font-weight: 600 }
    .bar { fill: #b6c4d4 } .bar.ours { fill: #2a5d9f }
    .bare { stroke: #b62324; stroke-width: 1.5; stroke-dasharray: 4 3 }
    @media (prefers-color-scheme: dark) {
      .bg { fill: #11161d; stroke: #303a46 }
      text { fill: #e6edf3 } .soft { fill: #9fb0c0 }
      .bar { fill: #3d5066 } .bar.ours { fill: #79b8ff }
      .bare { stroke: #ff7b72 }
    }
"""


def svg(results: dict, operation: str) -> str:
    times = results["ns"]
    sides = [name for name in TITLES if any(name in side for side in times.values())]
    panel_h = 34 + ROW_H * len(sides) + 14
    height = 76 + 2 * panel_h + 6
    panels = "".join(
        panel(times, operation, name, title, (MARGIN + (n % 2) * (PANEL_W + GAP), 76 + (n // 2) * panel_h), sides)
        for n, (name, title) in enumerate(PANELS)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="t d">
  <title id="t">{VERBS[operation]}: time of one operation, by library</title>
  <desc id="d">{escape(aloud(times, operation, sides))}</desc>
  <style>{STYLE}  </style>
  <rect class="bg" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="12"/>
  <text class="title" x="{MARGIN}" y="34">{VERBS[operation]}, all checks on: less is better</text>
  <text class="soft" x="{MARGIN}" y="54">Microseconds of CPU for one operation, and how many times the bare aws-lc-rs call that is (dashed line)</text>
{panels}</svg>
"""


def panel(times: dict, operation: str, algorithm: str, title: str, at: tuple[int, int], sides: list[str]) -> str:
    x, y = at
    floor = figures(times, f"{operation}/{algorithm}", "floor")
    rows = [(name, figures(times, f"{operation}/{algorithm}", name)) for name in sides]
    longest = max(ratio(rounds, floor) for _, rounds in rows if rounds)
    room = PANEL_W - NAME_W - FIGURE_W
    bare = round(room / longest, 1)
    parts = [f'  <text class="head" x="{x}" y="{y + 14}">{escape(title)}</text>']
    for n, (name, rounds) in enumerate(rows):
        top = y + 28 + n * ROW_H
        kind = " ours" if name == "ours" else ""
        parts.append(f'  <text class="{kind.strip()}" x="{x + NAME_W - 8}" y="{top + 13}" text-anchor="end">{TITLES[name]}</text>')
        if not rounds:
            parts.append(f'  <text class="soft" x="{x + NAME_W + bare + 6}" y="{top + 13}">not offered</text>')
            continue
        value = ratio(rounds, floor)
        length = max(2, round(room * value / longest, 1))
        parts.append(f'  <rect class="bar{kind}" x="{x + NAME_W}" y="{top}" width="{length}" height="{BAR_H}" rx="2"/>')
        figure = f"{micro(median(rounds))} µs · {value:.2f} ×" if value < 9.995 else f"{micro(median(rounds))} µs · {value:.1f} ×"
        parts.append(f'  <text class="{kind.strip() or "soft"}" x="{x + NAME_W + length + 6}" y="{top + 13}">{figure}</text>')
    parts.append(f'  <path class="bare" d="M{x + NAME_W + bare} {y + 22}V{y + 28 + len(rows) * ROW_H - 4}"/>')
    return "\n".join(parts) + "\n"


def aloud(times: dict, operation: str, sides: list[str]) -> str:
    sentences = []
    for algorithm, _ in PANELS:
        floor = figures(times, f"{operation}/{algorithm}", "floor")
        told = [
            f"{TITLES[name]} {micro(median(rounds))} µs, {ratio(rounds, floor):.2f} times the bare call"
            for name in sides
            if (rounds := figures(times, f"{operation}/{algorithm}", name))
        ]
        sentences.append(f"{algorithm}: {'; '.join(told)}.")
    return " ".join(sentences)
