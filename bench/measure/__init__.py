"""The parts of the benchmark `../run`: servers under test, loads on them, the machine's floor, the report."""
