"""Turns the rounds of the token benchmark into tables: medians, ratios as medians over rounds, the aims.

Not here: taking any measurement, and drawing (`chart`).
"""

import re
from pathlib import Path
from statistics import median

ALGORITHMS = ("HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
TITLES = {"ours": "Jotgate", "jsonwebtoken": "jsonwebtoken", "jwt-simple": "jwt-simple", "josekit": "josekit", "biscuit": "biscuit"}
BEGIN, END = "<!-- MEASURED: written by bench/jose/run --docs -->", "<!-- /MEASURED -->"


def markdown(results: dict) -> str:
    times = results["ns"]
    parts = [machine(results)]
    for operation, title in (("verify", "Checking a token"), ("sign", "Making a token")):
        if any(case.startswith(f"{operation}/") for case in times):
            parts.append(f"## {title}\n\n{table(times, operation)}")
    if any(case.startswith("verify/") for case in times):
        parts.append(f"## Allocations\n\n{allocation_table(results['allocations'])}")
    parts.append(f"## Refusing, choosing a key\n\n{other_table(times)}")
    aims = aim_table(results)
    if aims:
        parts.append(f"## Aims\n\n{aims}")
    return "\n\n".join(parts) + "\n"


def machine(results: dict) -> str:
    lines = [
        f"- {results['machine']}; {results['compiler']}; {results['date']}, commit {results['commit']}.",
        f"- `bench/jose/run`, {results['rounds']} rounds, {results['ms']:.0f} ms of CPU a turn; load of the machine {results['load_before'][0]:.1f} before, {results['load_after'][0]:.1f} after.",
        f"- aws-lc-rs {results['aws-lc-rs']} (bare, and under Jotgate); " + "; ".join(results["versions"].values()) + f"; {results['openssl']}.",
    ]
    return "\n".join(lines)


def table(times: dict, operation: str) -> str:
    """One row an algorithm: the bare call in µs, then each library as its multiple."""
    columns = [("ours", operation, "Jotgate"), ("ours", f"{operation}_in" if operation == "verify" else "sign_into", f"Jotgate `{'verify_in' if operation == 'verify' else 'sign_into'}`")]
    sides = [name for name in TITLES if name != "ours" and any(name in side for side in times.values())]
    columns += [(name, operation, TITLES[name]) for name in sides]
    head = "| | bare µs | " + " | ".join(title for _, _, title in columns) + " |\n|---|---|" + "---|" * len(columns)
    rows = []
    for algorithm in ALGORITHMS:
        floor = figures(times, f"{operation}/{algorithm}", "floor")
        if not floor:
            continue
        cells = [cell(figures(times, f"{case}/{algorithm}", name), floor, name == "ours") for name, case, _ in columns]
        rows.append(f"| {algorithm} | {micro(median(floor))} | {' | '.join(cells)} |")
    return "\n".join([head, *rows])


def cell(rounds: list, floor: list, is_ours: bool) -> str:
    if not rounds:
        return "–"
    text = f"{times_of(rounds, floor)} ({micro(median(rounds))})"
    return f"**{text}**" if is_ours else text


def times_of(rounds: list, floor: list) -> str:
    value = ratio(rounds, floor)
    return f"{value:.2f} ×" if value < 9.995 else f"{value:.1f} ×"


def ratio(rounds: list, floor: list) -> float:
    return median(one / other for one, other in zip(rounds, floor))


def allocation_table(counts: dict) -> str:
    rows = []
    cases = [("verify", "verify"), ("verify_in", None), ("sign", "sign"), ("sign_into", None)]
    sides = [name for name in TITLES if name in counts]
    for case, theirs in cases:
        for algorithm in ("HS256", "RS256", "ES256", "EdDSA"):
            cells = [allocations(counts[name].get(f"{case if name == 'ours' else theirs}/{algorithm}")) for name in sides]
            rows.append(f"| {case} {algorithm} | {' | '.join(cells)} |")
    head = "| allocations (bytes) | " + " | ".join(TITLES[name] for name in sides) + " |\n|---|" + "---|" * len(sides)
    return "\n".join([head, *rows])


def allocations(pair: list | None) -> str:
    return "–" if pair is None else f"{pair[0]} ({pair[1]:,})" if pair[0] else "**0**"


def other_table(times: dict) -> str:
    """Everything that is Jotgate's alone, beside its own check of a good HS256 token, the cheapest there is."""
    good = figures(times, "verify/HS256", "ours")
    names = [case for case in times if case.split("/")[0] in ("forged", "refused", "among", "foreign-header", "cache", "cache-of-1000")]
    rows = []
    for case in names:
        rounds = times[case].get("ours")
        if rounds:
            beside = f"{ratio(rounds, good):.2f} ×" if good else "–"
            rows.append(f"| {case} | {micro(median(rounds))} | {beside} |")
    return "\n".join(["| Jotgate | µs | to a good HS256 token |\n|---|---|---|", *rows])


def aim_table(results: dict) -> str:
    times, counts = results["ns"], results["allocations"]
    rows = [*verify_aims(times), *sign_aims(times), *other_aims(times, counts)]
    if not rows:
        return ""
    lines = [f"| {aim} | {measured} | {'met' if met else '**missed**'} |" for aim, measured, met in rows]
    return "\n".join(["| aim | measured | |\n|---|---|---|", *lines])


def verify_aims(times: dict):
    for algorithm, most in (("RS256", 1.06), ("ES256", 1.03), ("EdDSA", 1.03)):
        floor = figures(times, f"verify/{algorithm}", "floor")
        for case in ("verify", "verify_in"):
            ours = figures(times, f"{case}/{algorithm}", "ours")
            if floor and ours:
                value = ratio(ours, floor)
                yield f"`{case}` {algorithm} ≤ {most} × bare", f"{value:.3f} ×", value <= most
    theirs = figures(times, "verify/HS256", "jsonwebtoken")
    for case in ("verify", "verify_in"):
        ours = figures(times, f"{case}/HS256", "ours")
        if theirs and ours:
            value = ratio(theirs, ours)
            yield f"`{case}` HS256 ≥ 3.5 × faster than jsonwebtoken (goal 5)", f"{value:.2f} ×", value >= 3.5


def sign_aims(times: dict):
    for algorithm, most in (("RS256", 1.03), ("ES256", 1.03), ("EdDSA", 1.05)):
        floor, ours = figures(times, f"sign/{algorithm}", "floor"), figures(times, f"sign/{algorithm}", "ours")
        if floor and ours:
            value = ratio(ours, floor)
            yield f"`sign` {algorithm} ≤ {most} × bare", f"{value:.3f} ×", value <= most


def other_aims(times: dict, counts: dict):
    most = max((pair[0] for case, pair in counts["ours"].items() if case.startswith("verify_in/")), default=0)
    yield "`verify_in` allocates nothing, for any algorithm", f"{most} allocations", most == 0
    first, seen = figures(times, "verify/RS256", "ours"), figures(times, "cache/RS256", "ours")
    if first and seen:
        value = ratio(first, seen)
        yield "a token seen before ≤ 1/40 of a first RS256 check", f"1/{value:.0f}", value >= 40
    good = figures(times, "verify/HS256", "ours")
    refusals = [case for case in times if case.startswith("refused/")]
    if good and refusals:
        worst = max(refusals, key=lambda case: ratio(times[case]["ours"], good))
        value = ratio(times[worst]["ours"], good)
        yield "a refusal costs less than a good token, even HS256", f"dearest {value:.2f} × ({worst.split('/')[1]})", value < 1
    one, hundred = figures(times, "among/1", "ours"), figures(times, "among/100", "ours")
    if one and hundred:
        value = median(after - before for before, after in zip(one, hundred))
        yield "choosing among 100 keys ≤ 100 ns more than from one", f"{value:.0f} ns", value <= 100


def figures(times: dict, case: str, side: str) -> list:
    return times.get(case, {}).get(side, [])


def micro(nanos: float) -> str:
    value = nanos / 1e3
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def write_page(page: Path, text: str) -> None:
    """Puts the tables between the markers of the page, whose words around them are written by hand."""
    old = page.read_text()
    new, times = re.subn(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: f"{BEGIN}\n\n{text}\n{END}", old, flags=re.S)
    if times != 1:
        raise SystemExit(f"{page} lacks its markers")
    page.write_text(new)
