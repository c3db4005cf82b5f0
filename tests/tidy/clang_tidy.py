#!/usr/bin/python3
"""Runs clang-tidy over every source of ours, in parallel, and remembers what was clean.

    clang_tidy.py BUILD_FOLDER [PATH_PREFIX…]

BUILD_FOLDER is configured and built: compile_commands.json says how each source is
compiled, Ninja's log says what it includes. A source is looked at again only if something
that clang-tidy sees has changed: its version, .clang-tidy, the command, the source, or a
header. What is kept under build/tidy-cache is the key of a clean run; findings are never
cached.

Most of the time goes into headers: they are read, and looked through by every check, once for
each source. Tests that are compiled alike are therefore looked at together, as one source
that includes them; each alone only if that is not clean, or if two of them use a name twice.
(Two checks say nothing of what is included, those of unused using declarations and aliases:
tidy.py does.) Not so the product's own code: the static analyzer follows only what the main
file defines.
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = ROOT / 'build' / 'tidy-cache'
# Keys that have not been asked for this long are of sources that are gone.
CACHE_AGE_DAYS_MAX = 30
# So many tests are looked at together: with more, little is saved, and more is looked at again.
TOGETHER_MAX = 8
# The static analyzer does not look at these; see tests/.clang-tidy.
UNANALYZED = 'tests/'
WITHOUT_ANALYZER = '--checks=-clang-analyzer-*'
OURS = ('server/', 'providers/', 'client/', 'tests/')


def compile_commands(build, prefixes):
    """(source relative to ROOT, command, object) of every source of ours, once each."""
    commands = {}
    for entry in json.loads((build / 'compile_commands.json').read_text()):
        source = os.path.relpath(os.path.join(entry['directory'], entry['file']), ROOT)
        if source.startswith(prefixes):
            output = re.search(r' -o (\S+)', entry['command']).group(1)
            commands.setdefault(source, (source, entry['command'], output))
    return sorted(commands.values())


def dependencies(build):
    """Object to what it was made from, as Ninja's log has it."""
    log = subprocess.run(['ninja', '-C', build, '-t', 'deps'], capture_output=True, text=True,
                         check=True).stdout
    made_from = {}
    current = None
    for line in log.splitlines():
        if line.startswith('    '):
            current.append(os.path.normpath(os.path.join(build, line.strip())))
        elif ': #deps' in line:
            current = made_from.setdefault(line.split(':')[0], [])
    return made_from


class Digests:
    """SHA-256 of files, each read once."""

    def __init__(self):
        self._known = {}

    def of(self, path):
        if path not in self._known:
            try:
                content = pathlib.Path(path).read_bytes()
            except FileNotFoundError:
                content = b''
            self._known[path] = hashlib.sha256(content).hexdigest()
        return self._known[path]


def key_of(common, command, made_from, digests):
    key = hashlib.sha256(common)
    key.update(command.encode())
    for path in sorted(made_from):
        key.update(f'{path} {digests.of(path)}\n'.encode())
    return key.hexdigest()


def flags_of(command):
    """The compiler's arguments without the source and the object."""
    words = shlex.split(command)
    words = words[next(i for i, word in enumerate(words) if word.startswith('-')):]
    named = [i for i, word in enumerate(words) if word in ('-o', '-c')]
    return tuple(word for i, word in enumerate(words) if i not in named and i - 1 not in named)


def groups_of(wanted):
    """Lists of (source, command, key) to be looked at together."""
    groups = []
    open_groups = {}
    for source, command, key in wanted:
        if not source.startswith(UNANALYZED):
            groups.append([(source, command, key)])
            continue
        flags = flags_of(command)
        if len(open_groups.get(flags, ())) in (0, TOGETHER_MAX):
            open_groups[flags] = []
            groups.append(open_groups[flags])
        open_groups[flags].append((source, command, key))
    return groups


def are_clean_together(build, group):
    with tempfile.NamedTemporaryFile('w', suffix='.cc', dir=CACHE) as together:
        together.writelines(f'#include "{ROOT}/{source}"\n' for source, _, _ in group)
        together.flush()
        return subprocess.run(
            ['clang-tidy', '--quiet', WITHOUT_ANALYZER, together.name, '--',
             *flags_of(group[0][1])], cwd=build, capture_output=True, check=False).returncode == 0


def lint(build, source):
    """(result, output, seconds)"""
    began = time.monotonic()
    done = subprocess.run(['clang-tidy', '--quiet', '-p', build, source], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    # What it says on stderr besides an error is a count of suppressed warnings.
    output = done.stdout.strip()
    if done.returncode != 0 and not output:
        output = done.stderr.strip()
    return done.returncode, output, time.monotonic() - began


def lint_group(build, group):
    """(source, key, result, output, seconds) of each."""
    began = time.monotonic()
    if len(group) > 1 and are_clean_together(build, group):
        seconds = (time.monotonic() - began) / len(group)
        return [(source, key, 0, '', seconds) for source, _, key in group]
    return [(source, key, *lint(build, source)) for source, _, key in group]


def prune_cache():
    oldest = time.time() - CACHE_AGE_DAYS_MAX * 24 * 3600
    for entry in CACHE.iterdir():
        if entry.stat().st_mtime < oldest:
            entry.unlink()


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    prefixes = tuple(sys.argv[2:]) or OURS
    CACHE.mkdir(parents=True, exist_ok=True)
    prune_cache()
    version = subprocess.run(['clang-tidy', '--version'], capture_output=True, check=True).stdout
    common = version + b''.join(
        (ROOT / folder / '.clang-tidy').read_bytes() for folder in ('', 'tests'))
    made_from = dependencies(build)
    digests = Digests()

    wanted = []
    commands = compile_commands(build, prefixes)
    for source, command, output in commands:
        # Not built, so its headers are not known: always looked at.
        known = made_from.get(output)
        key = CACHE / key_of(common, command, known, digests) if known else None
        if key is not None and key.exists():
            key.touch()
        else:
            wanted.append((source, command, key))
    print(f'{len(commands)} sources, {len(commands) - len(wanted)} unchanged since they were clean')

    said = set()
    failed = 0
    slowest = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        running = [pool.submit(lint_group, build, group) for group in groups_of(wanted)]
        each = (one for done in concurrent.futures.as_completed(running) for one in done.result())
        for source, key, result, output, seconds in each:
            slowest.append((seconds, source))
            if result == 0:
                if key is not None:
                    key.touch()
                continue
            failed += 1
            if output not in said:  # A header's finding comes with every source.
                said.add(output)
                print(output, flush=True)
    for seconds, source in sorted(slowest, reverse=True)[:3]:
        print(f'slowest: {seconds:5.1f} s {source}')
    print(f'{failed} sources with findings')
    return 1 if failed or not commands else 0


if __name__ == '__main__':
    sys.exit(main())
