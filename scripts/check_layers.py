#!/usr/bin/env python3
"""Holds the direction of lib/ and app/: every #include "module/..." must be allowed by lib/CMakeLists.txt or app/CMakeLists.txt, torch-free
modules include no LibTorch, and docs/architecture.md says the same."""
import pathlib
import re
import sys

ROOT = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def declared():
    """{module: (uses, torch)} as lib/CMakeLists.txt states it."""
    modules = {}
    for name, body in re.findall(r"sr_module\((\w+)(.*?)\)", (ROOT / "lib/CMakeLists.txt").read_text(), re.S):
        uses = re.search(r"\bUSES\b([\w\s]*?)(?:\bLINKS\b|\bSOURCES\b|$)", body)
        modules[name] = (set(uses[1].split()) if uses else set(), bool(re.match(r"\s*TORCH\b", body)))
    return modules


def closure(modules, name):
    seen, todo = set(), [name]
    while todo:
        for used in modules[todo.pop()][0]:
            if used not in seen:
                seen.add(used)
                todo.append(used)
    return seen


def wrong_includes(folder, name, modules, torch):
    """Headers of modules that `name` may not use, in files below the folder."""
    uses = modules[name][0]
    for file in sorted(folder.rglob("*")):
        if file.suffix not in (".h", ".cpp", ".cu", ".cuh"):
            continue
        for kind, target in INCLUDE.findall(file.read_text()):
            top = target.split("/")[0]
            if kind == '"' and top in modules and top != name and top not in uses:
                yield f"{file.relative_to(ROOT)}: '{name}' may not include '{top}'"
            if not torch and top in ("torch", "ATen", "c10", "caffe2"):
                yield f"{file.relative_to(ROOT)}: '{name}' is torch-free and may not include <{target}>"


def program_uses():
    """The modules whose headers app/ may include."""
    return set(re.search(r"set\(SR_PROGRAM_USES ([\w\s]+)\)", (ROOT / "app/CMakeLists.txt").read_text())[1].split())


def documented():
    """{module: uses} as docs/architecture.md has them."""
    page = (ROOT / "docs/architecture.md").read_text()
    block = re.search(r"## Allowed directions\n+```\n(.*?)```", page, re.S)[1]
    table = {}
    for line in block.splitlines():
        names, _, uses = line.partition("->")
        table.update({name: set(uses.split()) for name in names.split()})
    return table


def main():
    modules, errors = declared(), []
    for name, (uses, torch) in modules.items():
        errors += [f"lib/CMakeLists.txt: '{name}' uses unknown module '{u}'" for u in uses - modules.keys()]
        if errors:
            continue
        if name in closure(modules, name):
            errors.append(f"lib/CMakeLists.txt: '{name}' is in a cycle")
        if not torch:
            errors += [f"lib/CMakeLists.txt: torch-free '{name}' uses TORCH module '{u}'" for u in uses if modules[u][1]]
        errors += wrong_includes(ROOT / "lib" / name, name, modules, torch)
    for folder in sorted(p.name for p in (ROOT / "lib").iterdir() if p.is_dir()):
        if folder not in modules:
            errors.append(f"lib/{folder}: no sr_module() in lib/CMakeLists.txt")
    modules["app"] = (program_uses(), True)
    errors += wrong_includes(ROOT / "app", "app", modules, True)
    page = documented()
    errors += [f"docs/architecture.md: '{name}' uses {' '.join(sorted(modules[name][0]))}" for name in modules
               if page.get(name) != modules[name][0]]
    errors += [f"docs/architecture.md: there is no module '{name}'" for name in page.keys() - modules.keys()]
    print("\n".join(errors) or f"{len(modules) - 1} modules and app, no forbidden include")
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
