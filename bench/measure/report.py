"""Turns the rounds into tables: medians, ratios as medians over rounds, the aims.

Not here: taking any measurement.
"""

from statistics import median

RATIO_NOTE = "Each figure is the median over rounds; each ratio is the median of the rounds' own ratios, so that a slow minute of the machine falls on both sides."


def markdown(results: dict) -> str:
    parts = [
        f"# Jotgate beside Express\n\n{results['machine']}\n\n{RATIO_NOTE}",
        load_table(results["loads"]),
        floor_table(results["floors"]),
        start_table(results["starts"]),
        memory_table(results["idle_mb"], results["loads"]),
        aim_list(results["loads"], results["floors"]),
    ]
    return "\n\n".join(parts) + "\n"


def load_table(loads: dict) -> str:
    head = "| load (clients) | | req/s | p50 ms | p99 ms | CPU µs/request | server core | wrk core |\n|---|---|---|---|---|---|---|---|"
    rows = []
    for load, sides in loads.items():
        for side, rounds in sides.items():
            cells = [number(middle(rounds, key)) for key in ("per_second", "p50_ms", "p99_ms", "cpu_us")]
            cells += [f"{middle(rounds, key):.0f} %" for key in ("core_percent", "wrk_core_percent")]
            rows.append(f"| {load} | {side} | {' | '.join(cells)} |")
        ours, theirs = sides["Jotgate"], sides["Express"]
        cells = [f"**{ratio(ours, theirs, 'per_second'):.2f} ×**"]
        cells += [f"{ratio(ours, theirs, key):.2f} ×" for key in ("p50_ms", "p99_ms", "cpu_us")]
        rows.append(f"| | Jotgate / Express | {' | '.join(cells)} | | |")
    return "\n".join([head, *rows])


def floor_table(floors: dict) -> str:
    head = "| without a server | a second | p50 ms | p99 ms | CPU µs |\n|---|---|---|---|---|"
    names = {
        "update": "SQLite FULL, one by one: one row a session, updated",
        "insert": "SQLite FULL, one by one: old token marked, new one inserted",
        "argon2id": "Argon2id m=19456 t=2 p=1, bare call",
    }
    rows = [
        f"| {names[what]} | " + " | ".join(number(middle(rounds, key)) for key in ("per_second", "p50_ms", "p99_ms", "cpu_us")) + " |"
        for what, rounds in floors.items()
    ]
    return "\n".join([head, *rows])


def start_table(starts: dict) -> str:
    head = "| start to first 200 | median ms | least |\n|---|---|---|"
    rows = [f"| {what} | {number(median(times) * 1e3)} | {number(min(times) * 1e3)} |" for what, times in starts.items()]
    return "\n".join([head, *rows])


def memory_table(idle_mb: dict, loads: dict) -> str:
    head = f"| resident memory, MB | idle | {' | '.join(f'after {load}' for load in loads)} |\n|---|---|{'---|' * len(loads)}"
    rows = []
    for side, idle in idle_mb.items():
        cells = [f"{middle(sides[side], 'resident_mb'):.0f}" for sides in loads.values()]
        rows.append(f"| {side} | {idle:.1f} | {' | '.join(cells)} |")
    return "\n".join([head, *rows])


def aim_list(loads: dict, floors: dict) -> str:
    refresh = loads["refresh (32)"]["Jotgate"]
    # The faster of the two ways to keep a rotation, because that is the harder floor.
    faster = max(("update", "insert"), key=lambda what: middle(floors[what], "per_second"))
    times_floor = ratio(refresh, floors[faster], "per_second")
    login_cost = ratio(loads["login (4)"]["Jotgate"], floors["argon2id"], "cpu_us")
    return "\n".join(
        [
            f"- {verdict(times_floor >= 3)}: refresh at 32 clients is {times_floor:.2f} × SQLite FULL one transaction at a time (aim: at least 3)",
            f"- {verdict(login_cost <= 1.05)}: a login costs {login_cost:.3f} × the bare Argon2id call in CPU (aim: at most 1.05)",
        ]
    )


def verdict(good: bool) -> str:
    return "reached" if good else "**missed**"


def ratio(ours: list[dict], theirs: list[dict], key: str) -> float:
    return median(a[key] / b[key] for a, b in zip(ours, theirs, strict=True))


def middle(rounds: list[dict], key: str) -> float:
    return median(round[key] for round in rounds)


def number(value: float) -> str:
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 100 else f"{value:.0f}"
