"""`nashir --help` beside `python -c pass`: CPU of whole processes, in turn; the bar is 8 x."""

import resource
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
RUNS = 15


def cpu(command: list[str]) -> float:
    """CPU seconds of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    ours, peer = [sys.executable, "-m", "bot", "--help"], [sys.executable, "-c", "pass"]
    cpu(ours)  # the first run may write byte code
    pairs = [(cpu(ours), cpu(peer)) for _ in range(RUNS)]
    mine, bare = (statistics.median(pair[i] for pair in pairs) for i in (0, 1))
    print(f"nashir --help: {1000 * mine:.0f} ms of CPU; python -c pass: {1000 * bare:.0f} ms; ratio {mine / bare:.1f}")


if __name__ == "__main__":
    main()
