"""Turns the verdicts on standard input into the table of docs/other-libraries.md. `interop/run probes` calls it."""

import re
import sys
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent
PAGE = HERE.parent / "docs/other-libraries.md"
BEGIN, END = "<!-- PROBED: written by interop/run probes -->", "<!-- /PROBED -->"
OURS = "jotgate-jose"


def main() -> None:
    verdicts: dict[str, dict[str, str]] = {}
    for line in sys.stdin:
        library, probe, verdict = line.rstrip("\n").split("\t")
        verdicts.setdefault(probe, {})[library] = verdict
    libraries = list(next(iter(verdicts.values())))
    versions = {crate["name"]: crate["version"] for crate in tomllib.loads((HERE / "Cargo.lock").read_text())["package"]}
    head = [f"{name} {versions[name]}" for name in libraries if name != OURS]
    rows = [row(probe, by, libraries) for probe, by in verdicts.items()]
    table = "\n".join([f"| the token, or the setting | Jotgate | {' | '.join(head)} |", "|---|" + "---|" * len(libraries), *rows])
    counts = ", ".join(f"{name} {sum(is_wrong(probe, by[name]) for probe, by in verdicts.items())}" for name in libraries)
    text = f"{BEGIN}\n\nRun on {time.strftime('%Y-%m-%d')}. Bold is what should not be. How many of the {len(rows)} rows are bold: {counts}.\n\n{table}\n\n{END}"
    page, times = re.subn(re.escape(BEGIN) + ".*?" + re.escape(END), lambda _: text, PAGE.read_text(), flags=re.S)
    if times != 1:
        sys.exit(f"{PAGE} lacks its markers")
    PAGE.write_text(page)
    print(table)
    if any(is_wrong(probe, by[OURS]) for probe, by in verdicts.items()):
        sys.exit("Jotgate took a bad token or refused a good one")


def row(probe: str, by: dict[str, str], libraries: list[str]) -> str:
    cells = [f"**{by[name]}**" if is_wrong(probe, by[name]) else by[name] for name in libraries]
    return f"| {probe} | {' | '.join(cells)} |"


def is_wrong(probe: str, verdict: str) -> bool:
    """A bad token is to be refused, in words and not by a panic; a good one is to be taken."""
    wanted = "accepted" if probe.startswith("*good token*") else "refused"
    return verdict not in (wanted, "–")


if __name__ == "__main__":
    main()
