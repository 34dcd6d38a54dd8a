"""Turns the revocation benchmark into tables and a chart.

Not here: taking any measurement.
"""

import re
from html import escape
from pathlib import Path

from measure.chart import STYLE

BEGIN, END = "<!-- MEASURED: written by bench/revocation/run --docs -->", "<!-- /MEASURED -->"
AIMS = {"one_server": 100, "two_servers": 250}
TITLES = {"one_server": "One server, SQLite", "two_servers": "Two servers, one PostgreSQL"}
WIDTH, MARGIN, NAME_W, FIGURE_W, ROW_H, BAR_H = 780, 24, 96, 250, 26, 16


def markdown(results: dict) -> str:
    load = f"load of the machine {results['load_before'][0]:.1f} before, {results['load_after'][0]:.1f} after"
    parts = [
        f"- {results['machine']}; {results['date']}, commit {results['commit']}.\n- `bench/revocation/run`, {results['count']:,} logouts with each number of guards; {load}.",
        f"## From the logout to the refusal\n\n{latency_table(results)}",
        f"## A look-up\n\n{lookup_table(results['sets'])}",
        f"## Aims\n\n{aim_table(results)}",
    ]
    return "\n\n".join(parts) + "\n"


def latency_table(results: dict) -> str:
    head = "| | guards | p50 ms | p99 ms | worst ms | the last guard, p99 ms | the logout's own answer, p50 ms | bytes to each guard | requests while checking | accepted after a refusal |"
    rows = [head, "|" + "---|" * 10]
    for where, title in TITLES.items():
        for run in results[where]:
            each, last, own = run["each_guard_ms"], run["last_guard_ms"], run["logout_answered_ms"]
            cells = [title, str(run["guards"]), *(ms(each[part]) for part in ("p50", "p99", "worst")), ms(last["p99"]), ms(own["p50"])]
            cells += [f"{run['stream_bytes_per_revocation']:.0f}", str(run["requests_while_checking"]), str(run["accepted_after_refused"])]
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def lookup_table(sets: dict) -> str:
    rows = ["| entries | look-up, one after the other, ns | alone, ns | alone, p99 ns | bytes an entry | adding one, ns (worst, when the table moves) |", "|---|---|---|---|---|---|"]
    for size in sets["lookup"]:
        more = size["one_more_ns"]
        taken = f"{size['bytes_per_entry']:.1f}" if size["entries"] else "–"
        cells = [f"{size['entries']:,}", f"{size['in_a_row_ns']:.1f}", f"{size['alone_ns']:.0f}", f"{size['alone_p99_ns']:.0f}", taken, f"{more['median']:,} ({more['worst']:,})"]
        rows.append(f"| {' | '.join(cells)} |")
    whole = sets["snapshot"]
    rows += [
        "",
        f"A token costs {sets['first_sight_ns']:.0f} ns more on first sight: four digests, which the cache of verified tokens keeps.",
        "",
        f"A snapshot with {whole['entries']:,} entries has {whole['bytes'] / 1e6:.1f} MB before compression; checking it takes {whole['check_ms']:.0f} ms, merging {whole['merge_ms']:.0f} ms, on a thread that serves no request.",
    ]
    return "\n".join(rows)


def aim_table(results: dict) -> str:
    rows = ["| aim | measured | |", "|---|---|---|"]
    for where, most in AIMS.items():
        worst = max((run["each_guard_ms"]["p99"] for run in results[where]), default=None)
        if worst is not None:
            rows.append(f"| {TITLES[where]}: p99 ≤ {most} ms | {ms(worst)} ms | {verdict(worst <= most)} |")
    runs = [run for where in TITLES for run in results[where]]
    asked, accepted = (sum(run[key] for run in runs) for key in ("requests_while_checking", "accepted_after_refused"))
    rows.append(f"| no request while checking | {asked} | {verdict(asked == 0)} |")
    rows.append(f"| nothing accepted once it was refused | {accepted} | {verdict(accepted == 0)} |")
    sizes = {size["entries"]: size for size in results["sets"]["lookup"]}
    for entries, most in ((0, 10), (1_000_000, 60)):
        took = sizes[entries]["in_a_row_ns"]
        rows.append(f"| look-up with {entries:,} entries ≤ {most} ns | {took:.1f} ns | {verdict(took <= most)} |")
    taken = sizes[1_000_000]["bytes_per_entry"]
    rows.append(f"| ≤ 16 bytes an entry | {taken:.1f} | {verdict(taken <= 16)} |")
    return "\n".join(rows)


def verdict(good: bool) -> str:
    return "met" if good else "**missed**"


def ms(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:.0f}"


def write_page(page: Path, text: str) -> None:
    old = page.read_text()
    new = re.sub(f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: f"{BEGIN}\n\n{text}\n{END}", old, flags=re.DOTALL)
    page.write_text(new)


def svg(results: dict) -> str:
    """A bar for each number of guards: p50 in full, p99 behind it."""
    groups = [(where, runs) for where in TITLES if (runs := results[where])]
    height = 70 + sum(34 + ROW_H * len(runs) + 10 for _, runs in groups)
    longest = max(run["each_guard_ms"]["p99"] for _, runs in groups for run in runs)
    room, y, parts = WIDTH - 2 * MARGIN - NAME_W - FIGURE_W, 70, []
    for where, runs in groups:
        parts.append(f'  <text class="head" x="{MARGIN}" y="{y + 14}">{escape(TITLES[where])}</text>')
        for n, run in enumerate(runs):
            parts += bar(run, y + 28 + n * ROW_H, room / longest)
        y += 34 + ROW_H * len(runs) + 10
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" aria-labelledby="t d">
  <title id="t">From the logout to the refusal at a guard, in milliseconds</title>
  <desc id="d">{escape(aloud(groups))}</desc>
  <style>{STYLE}  </style>
  <rect class="bg" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="12"/>
  <text class="title" x="{MARGIN}" y="34">From the logout to the refusal: less is better</text>
  <text class="soft" x="{MARGIN}" y="54">Milliseconds from sending the logout until a guard refuses the token: half of the time (strong), 99 of 100 times (pale)</text>
{chr(10).join(parts)}
</svg>
"""


def bar(run: dict, top: int, scale: float) -> list[str]:
    each, left = run["each_guard_ms"], MARGIN + NAME_W
    half, most = (max(2, round(each[part] * scale, 1)) for part in ("p50", "p99"))
    guards = f"{run['guards']} guard{'s' if run['guards'] > 1 else ''}"
    return [
        f'  <text x="{left - 8}" y="{top + 13}" text-anchor="end">{guards}</text>',
        f'  <rect class="bar" x="{left}" y="{top}" width="{most}" height="{BAR_H}" rx="2"/>',
        f'  <rect class="bar ours" x="{left}" y="{top}" width="{half}" height="{BAR_H}" rx="2"/>',
        f'  <text class="soft" x="{left + most + 6}" y="{top + 13}">{ms(each["p50"])} · {ms(each["p99"])} · worst {ms(each["worst"])} ms</text>',
    ]


def aloud(groups: list) -> str:
    told = []
    for where, runs in groups:
        each = [f"{run['guards']} guards: half within {ms(run['each_guard_ms']['p50'])}, 99 of 100 within {ms(run['each_guard_ms']['p99'])}" for run in runs]
        told.append(f"{TITLES[where]}, {'; '.join(each)}.")
    return " ".join(told)
