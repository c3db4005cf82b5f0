#!/usr/bin/python3
"""Requires the simulation to catch known bugs.

Each NAME.patch beside this file is a bug as a small diff against the engine. It is applied to
a copy of the files that it touches; what depends on them is compiled; simulation_test is
linked with those objects instead of the archive's; and must fail by a broken invariant. The
sources in the tree stay as they are, and the product knows nothing of this.

A patch begins with a header, one field a line, up to the first line with "---":

    Breaks:    the promise that the bug breaks, in one sentence
    Invariant: the invariants of which one must be found broken, separated by commas
    Expect:    what must come of it, if it is not "caught" (for tests of this driver)

    tests/mutations/run.py                 all
    tests/mutations/run.py NAME...         these
    tests/mutations/run.py --jobs N --seeds N --checks FILE

Writes build/mutations/NAME/: the copy, the binary, and its output. With --checks it appends
"pass NAME" or "fail NAME" lines, as tests/summary.py reads them. Fails if any verdict is not
the expected one.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent

# How a mutant can end.
CAUGHT = 'caught'
SURVIVED = 'survived'
STALE = 'the patch no longer applies'
NOT_COMPILED = 'does not compile'
OTHERWISE = 'failed, but by none of its invariants'

BUILD_SECONDS_MAX = 300
RUN_SECONDS_MAX = 120
# What each mutant has to be caught by. The replay and the invariants are the simulation's
# own tests; what one capture shows, the seeds show too.
GTEST_FILTER = 'CrashPoints.*:Simulation.*'


class Mutant:
    """One patch: its header, and the files that it touches."""

    def __init__(self, path):
        self.name = path.stem
        self.path = path
        text = path.read_text()
        header = text.split('\n---', 1)[0]
        fields = dict(re.findall(r'^(\w+): +(.*)$', header, re.MULTILINE))
        self.breaks = fields.get('Breaks', '')
        self.invariants = {name.strip() for name in fields.get('Invariant', '').split(',')}
        self.expect = fields.get('Expect', CAUGHT)
        self.files = re.findall(r'^\+\+\+ b/(\S+)', text, re.MULTILINE)
        if not self.breaks or not self.files:
            sys.exit(f'{path}: no "Breaks:" in its header, or no file in its diff')


class Tree:
    """How the build folder compiles and links; asked once."""

    def __init__(self, build):
        self.build = build
        commands = json.loads((build / 'compile_commands.json').read_text())
        self.compile = {
            str(pathlib.Path(one['file']).relative_to(ROOT)): shlex.split(one['command'])
            for one in commands if pathlib.Path(one['file']).is_relative_to(ROOT)}
        link = self.ninja('-t', 'commands', 'simulation_test').splitlines()[-1]
        self.link = shlex.split(link.removeprefix(': && ').removesuffix(' && :'))

    def ninja(self, *arguments):
        return subprocess.run(['ninja', '-C', str(self.build), *arguments], check=True,
                              capture_output=True, text=True).stdout

    def includers(self, header):
        """The sources of the engine and the simulation that include a header."""
        found = []
        for source in self.compile:
            if not source.startswith(('server/engine/', 'tests/simulation/', 'tests/fakes/')):
                continue
            obj = self.object_of(source)
            if f'{header}\n' in self.ninja('-t', 'deps', obj):
                found.append(source)
        return found

    def object_of(self, source):
        command = self.compile[source]
        return command[command.index('-o') + 1]


def sources_of(mutant, tree):
    sources = [file for file in mutant.files if file.endswith('.cc')]
    for header in (file for file in mutant.files if file.endswith('.h')):
        sources += [one for one in tree.includers(header) if one not in sources]
    return sources


def apply(mutant, copy):
    """Patches a copy of the files; an explanation if that is not possible."""
    for file in mutant.files:
        (copy / file).parent.mkdir(parents=True, exist_ok=True)
        if not (ROOT / file).exists():
            return f'there is no {file}'
        shutil.copy(ROOT / file, copy / file)
    result = subprocess.run(
        ['patch', '-p1', '--batch', '--fuzz=0', '--no-backup-if-mismatch', '-d', str(copy), '-i',
         str(mutant.path)], capture_output=True, text=True, check=False)
    return '' if result.returncode == 0 else result.stdout + result.stderr


def compile_source(source, copy, tree, log):
    """Compiles the copy if there is one, against patched headers. The object, or None."""
    command = list(tree.compile[source])
    obj = copy / (source + '.o')
    obj.parent.mkdir(parents=True, exist_ok=True)
    command[command.index('-o') + 1] = str(obj)
    patched = copy / source
    command[command.index('-c') + 1] = str(patched if patched.exists() else ROOT / source)
    # Patched headers come first. What a bug leaves unused is no finding here.
    command[1:1] = [f'-I{copy}', '-Wno-unused']
    if shutil.which('ccache'):
        command.insert(0, 'ccache')
    result = subprocess.run(command, cwd=tree.build, stdout=log, stderr=log, check=False,
                            timeout=BUILD_SECONDS_MAX)
    return obj if result.returncode == 0 else None


def link(objects, binary, tree, log):
    """Objects that are named win over the members of an archive of the same symbols."""
    command = list(tree.link)
    command[command.index('-o') + 1] = str(binary)
    # A source of the simulation itself that was compiled anew takes the old object's place.
    anew = {str(pathlib.Path(obj).name) for obj in objects}
    command = [word for word in command
               if not (word.endswith('.cc.o') and pathlib.Path(word).name in anew)]
    command[1:1] = [str(obj) for obj in objects]
    return subprocess.run(command, cwd=tree.build, stdout=log, stderr=log, check=False,
                          timeout=BUILD_SECONDS_MAX).returncode == 0


def run_binary(binary, seeds, output):
    """Runs it until it fails; its exit code, or None if it ran out of time."""
    environment = dict(os.environ, SIMULATION_SEEDS=str(seeds))
    environment.pop('SIMULATION_SEED', None)
    with open(output, 'w', encoding='utf-8') as out:
        try:
            return subprocess.run(
                [str(binary), f'--gtest_filter={GTEST_FILTER}', '--gtest_fail_fast'],
                env=environment, stdout=out, stderr=out, check=False,
                timeout=RUN_SECONDS_MAX).returncode
        except subprocess.TimeoutExpired:
            return None


def judge(mutant, code, text):
    """The verdict, and a few words more."""
    if code == 0:
        return SURVIVED, ''
    broken = sorted(set(re.findall(r'^ *INVARIANT ([\w-]+):', text, re.MULTILINE)))
    words = ', '.join(broken) or f'exit code {code}'
    if code is None or not mutant.invariants & set(broken):
        return OTHERWISE, words
    seed = re.search(r'(seed \d+) breaks:', text)
    point = re.search(r'crash point \d+', text)
    return CAUGHT, f'{words}; {point.group() if point else seed.group(1)}'


def try_mutant(mutant, tree, seeds):
    copy = tree.build.parent / 'mutations' / mutant.name
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    why = apply(mutant, copy)
    if why:
        return STALE, why.strip().splitlines()[1]
    with open(copy / 'build.log', 'w', encoding='utf-8') as log:
        objects = [compile_source(one, copy, tree, log) for one in sources_of(mutant, tree)]
        binary = copy / 'simulation_test'
        if None in objects or not link(objects, binary, tree, log):
            return NOT_COMPILED, f'see {(copy / "build.log").relative_to(ROOT)}'
    output = copy / 'output'
    code = run_binary(binary, seeds, output)
    verdict, words = judge(mutant, code, output.read_text(encoding='utf-8', errors='replace'))
    if verdict in (CAUGHT, SURVIVED):
        binary.unlink()  # Large, and quickly made again.
    return verdict, words


def report(mutant, verdict, words, seconds):
    good = verdict == mutant.expect
    print(f'{"ok  " if good else "FAIL"}  {mutant.name:<36} {verdict} ({words}) {seconds:.0f} s'
          .replace(' ()', ''), flush=True)
    if not good:
        print(f'      it breaks: {mutant.breaks}', flush=True)
    return good


def timed(mutant, tree, seeds):
    begin = time.monotonic()
    verdict, words = try_mutant(mutant, tree, seeds)
    return verdict, words, time.monotonic() - begin


def main():
    parser = argparse.ArgumentParser(description='See the top of this file.')
    parser.add_argument('names', nargs='*')
    parser.add_argument('--build', default='build/dev')
    parser.add_argument('--jobs', type=int, default=os.cpu_count())
    parser.add_argument('--seeds', type=int, default=4000)
    parser.add_argument('--checks')
    arguments = parser.parse_args()
    os.environ.setdefault('CCACHE_BASEDIR', str(ROOT))
    os.environ.setdefault('CCACHE_NOHASHDIR', '1')
    paths = [HERE / f'{name}.patch' for name in arguments.names] or sorted(HERE.glob('*.patch'))
    mutants = [Mutant(path) for path in paths]
    build = ROOT / arguments.build
    subprocess.run(['ninja', '-C', str(build), 'simulation_test'], check=True,
                   stdout=subprocess.DEVNULL)
    tree = Tree(build)
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        running = {pool.submit(timed, one, tree, arguments.seeds): one for one in mutants}
        for done in concurrent.futures.as_completed(running):
            mutant = running[done]
            good = report(mutant, *done.result())
            failed += not good
            if arguments.checks:
                with open(arguments.checks, 'a', encoding='utf-8') as checks:
                    checks.write(f'{"pass" if good else "fail"} mutation {mutant.name}\n')
    print(f'{len(mutants)} known bugs, {len(mutants) - failed} as expected')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
