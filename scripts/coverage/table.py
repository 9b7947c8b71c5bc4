#!/usr/bin/env python3
"""The table of scripts/coverage.sh out of what gcov says of a build folder."""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LOW = 0.9


def notes_of(build, modules):
    """The .gcno files of the modules; a unit without counts never ran, and its lines were not reached."""
    for module in modules:
        yield from sorted((build / "lib" / "CMakeFiles" / f"sr_{module}.dir").rglob("*.gcno"))


def counts_of(note):
    """{file of the repository: {line: times}} of one unit."""
    done = subprocess.run(["gcov", "--json-format", "--stdout", note.name], cwd=note.parent, capture_output=True, text=True, check=True)
    counts = {}
    for text in done.stdout.splitlines():
        unit = json.loads(text)
        for file in unit["files"]:
            path = pathlib.Path(os.path.normpath(pathlib.Path(unit["current_working_directory"], file["file"])))
            if not path.is_relative_to(ROOT / "lib") or path.suffix != ".cpp":
                continue  # of a header's code a program has one copy, of whichever unit comes first
            lines = counts.setdefault(str(path.relative_to(ROOT)), {})
            for line in file["lines"]:
                lines[line["line_number"]] = max(lines.get(line["line_number"], 0), line["count"])
    return counts


def gather(notes):
    """{file: {line: times}} of all units."""
    total = collections.defaultdict(dict)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for counts in pool.map(counts_of, notes):
            for path, lines in counts.items():
                for number, times in lines.items():
                    total[path][number] = max(total[path].get(number, 0), times)
    return total


def reached(lines):
    return sum(1 for times in lines.values() if times > 0)


def share(part, whole):
    return part / whole if whole else 1.0


def ranges(numbers):
    """"3, 7-9" of 3, 7, 8, 9."""
    texts = []
    first = last = None
    for number in [*sorted(numbers), None]:
        if last is not None and number == last + 1:
            last = number
            continue
        if first is not None:
            texts.append(str(first) if first == last else f"{first}-{last}")
        first = last = number
    return ", ".join(texts)


def print_modules(total, modules):
    print("| module | files | lines | reached | |\n|---|---:|---:|---:|---:|")
    rows = []
    for module in modules:
        files = [lines for path, lines in total.items() if path.startswith(f"lib/{module}/")]
        rows.append((module, len(files), sum(map(len, files)), sum(map(reached, files))))
    for name, files, lines, hit in [*rows, ("all of these", *(sum(column) for column in list(zip(*rows))[1:]))]:
        print(f"| {name} | {files} | {lines} | {hit} | {100 * share(hit, lines):.1f} % |")


def print_holes(total, modules):
    print("\n| file | reached | not reached |\n|---|---:|---|")
    for path, lines in sorted(total.items()):
        if path.split("/")[1] in modules and share(reached(lines), len(lines)) < LOW:
            missed = ranges(number for number, times in lines.items() if times == 0)
            print(f"| `{path}` | {100 * share(reached(lines), len(lines)):.0f} % | {missed} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("modules", nargs="+")
    parser.add_argument("--holes", action="store_true")
    arguments = parser.parse_args()
    total = gather(list(notes_of(arguments.build.resolve(), arguments.modules)))
    print_modules(total, arguments.modules)
    if arguments.holes:
        print_holes(total, set(arguments.modules))


if __name__ == "__main__":
    main()
