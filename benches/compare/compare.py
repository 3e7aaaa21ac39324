#!/usr/bin/env python3
"""Measures deltarule beside PyTorch, burn, candle and ferrotorch: the same work, on one machine, in one run.

    python3 benches/compare/compare.py nets        whole training steps, and the forward pass alone
    python3 benches/compare/compare.py operations  single operations, against PyTorch
    python3 benches/compare/compare.py lightness   crates, build time and size of a small program
    python3 benches/compare/compare.py check       the losses of the first steps, which must be the same in all
    python3 benches/compare/compare.py all --write all three, and the tables written into results-VECTORS.md here

Every figure is the best of several processes; the frameworks take turns, so that a slow moment of the machine hits all
of them. PyTorch comes from the Python that is given with --python, or is installed into .venv here (3 GB).
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import resource
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = HERE / "target"
NETS = ["xor", "784-128-10", "784-512-512-10", "4x1024"]
PEERS = ["deltarule", "pytorch", "burn", "candle", "ferrotorch"]
NAMES = {"pytorch": "PyTorch"}
VERSIONS = {
    "pytorch": "PyTorch 2.15.0", "burn": "burn 0.22.1 (flex)", "candle": "candle 0.11.1",
    "ferrotorch": "ferrotorch 0.6.2",
}
TORCH = ["torch==2.15.0", "numpy"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["nets", "operations", "lightness", "check", "all"])
    parser.add_argument("--python", help="a Python with PyTorch")
    parser.add_argument("--rounds", type=int, default=3, help="processes of each framework (default: 3)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", nargs="+", default=[], help="some of the nets; for operations words that the name must "
                        "have, alternatives between commas: --only exp,tanh 100000")
    parser.add_argument("--keep", type=pathlib.Path, help="a file that collects the operations' best times over several runs")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=PEERS, help="some of the frameworks")
    parser.add_argument("--write", action="store_true", help="put the tables into benches/compare/results-VECTORS.md, "
                        "and into README.md if it shows those of such a machine")
    arguments = parser.parse_args()

    wanted = ["nets", "operations", "lightness"] if arguments.what == "all" else [arguments.what]
    tables = {}
    if "lightness" not in wanted or len(wanted) > 1:
        python = arguments.python or virtual_environment()
        build(["deltarule"] if wanted == ["operations"] else arguments.peers)
    if "nets" in wanted or "check" in wanted:
        check(python, arguments)
    for what in wanted:
        if what == "check":
            continue
        if what == "nets":
            tables[what] = nets(python, arguments)
        elif what == "operations":
            tables[what] = operations(python, arguments)
        else:
            tables[what] = lightness([peer for peer in arguments.peers if peer != "pytorch"])
        print(tables[what], flush=True)
    if arguments.write:
        write(tables)


def virtual_environment():
    """A Python of our own with PyTorch."""
    python = HERE / ".venv" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", HERE / ".venv"], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *TORCH], check=True)
    return str(python)


def build(peers):
    names = [peer for peer in peers if peer != "pytorch"]
    if "deltarule" in names:
        names.append("operations")
    packages = [word for name in names for word in ("--package", f"compare-{name}")]
    subprocess.run(["cargo", "build", "--release", "--locked", *packages], cwd=HERE, check=True)


def run(python, peer, arguments, threads):
    """What one process of a framework prints, line by line."""
    if peer == "pytorch":
        command = [python, str(HERE / "pytorch.py"), *arguments]
    elif arguments[0] == "operations":
        command = [str(TARGET / "release" / "compare-operations"), *arguments]
    else:
        command = [str(TARGET / "release" / f"compare-{peer}"), *arguments]
    environment = dict(os.environ, THREADS=str(threads), RAYON_NUM_THREADS=str(threads), OMP_NUM_THREADS=str(threads))
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed:\n{result.stderr}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def check(python, arguments):
    """Stops if a framework's losses aren't deltarule's: then it does other work than the rest."""
    for name in arguments.only or NETS:
        losses = {peer: run(python, peer, [name, "check"], 1)[0]["losses"] for peer in arguments.peers}
        print(f"# {name}: " + ", ".join(f"{peer} {values}" for peer, values in losses.items()), file=sys.stderr, flush=True)
        expected = losses[arguments.peers[0]]
        for peer, values in losses.items():
            # candle's SGD has no momentum, which is felt from the second step on: in the third loss.
            count = 2 if peer == "candle" and name == "784-512-512-10" else 3
            if any(abs(a / b - 1) > 1e-4 for a, b in zip(values[:count], expected)):
                sys.exit(f"{name}: the losses of {peer} are {values}, and not {expected}")


def nets(python, arguments):
    """The table of whole steps: the time of each, and how many times faster than PyTorch deltarule is."""
    peers, rows = arguments.peers, []
    for mode in ("train", "eval"):
        for name in arguments.only or NETS:
            for threads in arguments.threads:
                best, memory = {}, {}
                for _ in range(arguments.rounds):
                    for peer in peers:
                        [result] = run(python, peer, [name, mode], threads)
                        best[peer] = min(best.get(peer, result["best"]), result["best"])
                        memory[peer] = max(memory.get(peer, 0), result["rss"])
                rows.append((mode, name, threads, best, memory))
                print(f"# {mode} {name} {threads}: " + ", ".join(f"{p} {duration(best[p])}" for p in peers),
                      file=sys.stderr, flush=True)
    return nets_table(peers, rows)


def nets_table(peers, rows):
    """The tables of times and of memory, of rows (mode, net, threads, best times, memory)."""
    names = " | ".join(NAMES.get(peer, peer) for peer in peers)
    lines = [f"| work | threads | {names} | faster than PyTorch |", "|---|---|" + "---|" * (len(peers) + 1)]
    for mode, name, threads, best, _ in rows:
        work = f"{name}, {'step' if mode == 'train' else 'evaluation'}"
        times = " | ".join(duration(best[peer]) for peer in peers)
        faster = ratio(best["pytorch"] / best["deltarule"]) if "pytorch" in best and "deltarule" in best else ""
        lines.append(f"| {work} | {threads} | {times} | {faster} |")
    lines += ["", f"| peak memory, MB | threads | {names} |", "|---|---|" + "---|" * len(peers)]
    for mode, name, threads, _, memory in rows:
        if mode == "train":
            sizes = " | ".join(f"{memory[peer] / 1e6:.0f}" for peer in peers)
            lines.append(f"| {name}, step | {threads} | {sizes} |")
    return machine(peers) + "\n".join(lines) + "\n"


def operations(python, arguments):
    """The table of single operations: deltarule's time, PyTorch's, and the ratio, for each number of threads."""
    kept = arguments.keep and arguments.keep.exists()
    best = {tuple(key): time for key, time in json.loads(arguments.keep.read_text())} if kept else {}
    for _ in range(arguments.rounds):
        for threads in arguments.threads:
            for peer in ("deltarule", "pytorch"):
                for result in run(python, peer, ["operations", *arguments.only], threads):
                    key = (result["family"], result["case"], threads, peer)
                    best[key] = min(best.get(key, result["best"]), result["best"])
    if arguments.keep:
        arguments.keep.write_text(json.dumps(list(best.items())))
    cases = list(dict.fromkeys((family, case) for family, case, _, _ in best))
    missing = [key for key in cases if any((*key, t, p) not in best for t in arguments.threads for p in ("deltarule", "pytorch"))]
    if missing:
        sys.exit(f"one side lacks {missing}")
    lines = ["| operation | " + " | ".join(f"deltarule, {t} | PyTorch, {t} | times faster" for t in arguments.threads) + " |",
             "|---|" + "---|" * 3 * len(arguments.threads)]
    for family, case in cases:
        cells = []
        for threads in arguments.threads:
            ours, theirs = best[family, case, threads, "deltarule"], best[family, case, threads, "pytorch"]
            cells.append(f"{duration(ours)} | {duration(theirs)} | {ratio(theirs / ours)}")
        lines.append(f"| {case} | " + " | ".join(cells) + " |")
    slower = sum(best[f, c, t, "deltarule"] > best[f, c, t, "pytorch"] for f, c in cases for t in arguments.threads)
    lines.append(f"\nSlower than PyTorch in {slower} of {len(cases) * len(arguments.threads)} cells.")
    return machine(["deltarule", "pytorch"]) + "\n".join(lines) + "\n"


def lightness(peers):
    """Crates in the tree, processor time of a clean release build, and the stripped size of the program of the nets."""
    lines = ["| | crates | clean release build, CPU-seconds | stripped program of the four nets, MB |", "|---|---|---|---|"]
    # What is missing is fetched before the clock runs.
    subprocess.run(["cargo", "fetch", "--locked"], cwd=HERE, check=True, capture_output=True)
    for peer in peers:
        package, target = f"compare-{peer}", TARGET / "lightness" / peer
        tree = subprocess.run(
            ["cargo", "tree", "--package", package, "--edges", "normal,build", "--prefix", "none", "--no-dedupe"],
            cwd=HERE, check=True, capture_output=True, text=True).stdout
        crates = {" ".join(line.split()[:2]) for line in tree.splitlines()}
        crates = {crate for crate in crates if crate and not crate.startswith(("compare-", "harness "))}
        shutil.rmtree(target, ignore_errors=True)
        seconds = processor_time(
            ["cargo", "build", "--release", "--locked", "--package", package, "--target-dir", target,
             "--bin", package, "--config", "profile.release.strip=true"])
        size = (target / "release" / package).stat().st_size
        lines.append(f"| {peer} | {len(crates)} | {seconds:.0f} | {size / 1e6:.2f} |")
        print(f"# {lines[-1]}", file=sys.stderr, flush=True)
    if "deltarule" in peers:
        xor, target = "compare-xor", TARGET / "lightness" / "deltarule"
        build = ["cargo", "build", "--release", "--locked", "--package", "compare-deltarule", "--target-dir", target]
        strip = ["--bin", xor, "--config", "profile.release.strip=true"]
        # What a change of a program costs: all else is built.
        subprocess.run([*build, *strip], cwd=HERE, check=True, capture_output=True)
        (HERE / "deltarule" / "src" / "bin" / "xor.rs").touch()
        seconds = processor_time([*build, *strip])
        size = (target / "release" / xor).stat().st_size / 1e6
        lines.append(f"\ndeltarule's XOR program of the README alone: {size:.2f} MB; {seconds:.1f} CPU-seconds to build again.")
    return machine(peers) + "\n".join(lines) + "\n"


def processor_time(command):
    """The processor time that a command takes, its children's too, in seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=HERE, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def machine(peers):
    """A line on where and when the figures were taken, and which versions took part."""
    model = re.search(r"model name\s*: (.*)", cpu())
    rust = subprocess.run(["rustc", "--version"], capture_output=True, text=True).stdout.split()[1]
    versions = "".join(f", {VERSIONS[peer]}" for peer in peers if peer in VERSIONS)
    where = f"{model.group(1) if model else platform.processor()}, {os.cpu_count()} cores with {vectors()}"
    return f"{where}; Rust {rust}{versions}; {datetime.date.today()}.\n\n"


def vectors():
    """The widest vectors of this machine. A hypervisor may hide which processor it is, so that this tells most about it."""
    return next((name for name in ("AVX-512F", "AVX2") if re.search(rf"\b{plain(name)}\b", cpu())), platform.machine())


def cpu():
    return pathlib.Path("/proc/cpuinfo").read_text()


def plain(name):
    return name.lower().replace("-", "")


def write(tables):
    """Puts each table between its markers in the results of machines with such vectors, and in README.md if it shows these."""
    kind = plain(vectors())
    results = HERE / f"results-{kind}.md"
    old = results.read_text() if results.exists() else "# Measured beside the others\n\nWritten by `compare.py --write`.\n"
    for what, table in tables.items():
        old = replaced(old, what, table) or f"{old}\n{between(what, table)}\n"
        readme = ROOT / "README.md"
        text = replaced(readme.read_text(), f"{what} {kind}", steps(table) if what == "nets" else table)
        if text:
            readme.write_text(text)
    results.write_text(old)


def replaced(text, marker, table):
    """The text with this table between its markers; None if it has no such place."""
    new, places = re.subn(f"<!-- {marker} -->.*?<!-- end {marker} -->", lambda _: between(marker, table), text, flags=re.DOTALL)
    return new if places else None


def between(marker, table):
    return f"<!-- {marker} -->\n{table.rstrip()}\n<!-- end {marker} -->"


def steps(table):
    """The part of a table that README.md shows: training steps alone, on as many threads as were measured at the most."""
    head, _, _ = table.partition("\n| peak memory")
    machine, *rows = [line for line in head.splitlines() if line and ", evaluation |" not in line]
    cells = [row.strip("|").split("|") for row in rows]
    most = max(int(row[1]) for row in cells[2:])
    kept = [row[:1] + row[2:] for row in cells if row in cells[:2] or int(row[1]) == most]
    return f"{machine}\n\n" + "".join(f"|{'|'.join(row)}|\n" for row in kept)


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{significant(seconds / scale)} {unit}"
    return f"{significant(seconds / 1e-9)} ns"


def significant(value):
    """Three significant digits, at most."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value):
    return f"{significant(value)}×"


if __name__ == "__main__":
    main()
