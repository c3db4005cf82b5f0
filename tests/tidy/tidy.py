#!/usr/bin/python3
"""The tidy test: reads the sources and says where they break a rule of the house.

The rules that are data are in house.py. Checks take the files as a mapping from path to
text, so that tidy_test.py can hand them planted violations.
"""

import os
import re
import subprocess
import sys
from typing import NamedTuple

import house

CXX = ('.cc', '.h')


class Finding(NamedTuple):
    path: str
    line: int
    what: str

    def __str__(self):
        return f'{self.path}:{self.line}: {self.what}'


def strip_comments_and_strings(text):
    """Blanks them out; lines stay where they are."""
    token = re.compile(
        r'//[^\n]*|/\*.*?\*/|R"(?P<d>[^(\n]{0,16})\(.*?\)(?P=d)"'
        r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)

    def blank(match):
        if match.group().startswith('"') and is_include(text, match.start()):
            return match.group()
        return re.sub(r'[^\n]', ' ', match.group())

    return token.sub(blank, text)


def is_include(text, position):
    line = text[text.rfind('\n', 0, position) + 1:position]
    return line.lstrip().startswith('#include')


def line_of(text, position):
    return text.count('\n', 0, position) + 1


def of_kind(files, suffixes):
    return ((path, text) for path, text in sorted(files.items()) if path.endswith(suffixes))


def banned_words(files):
    for path, text in sorted(files.items()):
        if path.startswith('tests/tidy/'):
            continue  # The words stand there as data.
        code = strip_comments_and_strings(text) if path.endswith(CXX) else ''
        for rule in house.BANNED:
            if not path.startswith(rule.where) or path.startswith(rule.owners or ('\0',)):
                continue
            searched = text if rule.in_text else code
            for match in re.finditer(rule.pattern, searched):
                yield Finding(path, line_of(searched, match.start()),
                              f'{rule.what} is banned here: {rule.instead}')


def lengths(files):
    for path, text in of_kind(files, CXX + ('.proto', '.py', '.sh', 'run', 'quickstart')):
        lines = text.split('\n')
        for number, line in enumerate(lines, 1):
            if len(line) > house.LINE_COLUMNS_MAX:
                yield Finding(path, number,
                              f'{len(line)} columns; at most {house.LINE_COLUMNS_MAX}')
        count = len(lines) - 1
        if count > house.FILE_LINES_MAX and path not in house.LONG_FILES:
            yield Finding(path, house.FILE_LINES_MAX,
                          f'{count} lines; at most {house.FILE_LINES_MAX}, or a reason in '
                          'tests/tidy/house.py')


# What stands before a brace that opens a function's body. An approximation that holds for
# code formatted by clang-format.
FUNCTION_HEAD = re.compile(
    r'\)\s*(const|noexcept|override|final|&&?|\s|->\s*[\w:<>&*, ]+|:\s.*)*$', re.DOTALL)
SCOPE_HEAD = re.compile(r'(^|\s)(namespace|class|struct|enum|union|extern)\b')


def function_lengths(files):
    for path, text in of_kind(files, CXX):
        yield from function_lengths_of(path, strip_comments_and_strings(text))


def function_lengths_of(path, code):
    code = re.sub(r'^\s*#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m.group()),
                  code, flags=re.MULTILINE)
    open_braces = []  # (position, opens a function)
    head_begin = 0
    inside_function = 0
    for match in re.finditer(r'[{};]', code):
        at = match.start()
        if match.group() == '{':
            head = code[head_begin:at]
            is_function = (not inside_function and FUNCTION_HEAD.search(head) is not None
                           and not SCOPE_HEAD.search(head))
            open_braces.append((head_begin + len(head) - len(head.lstrip()), is_function))
            inside_function += is_function
        elif match.group() == '}' and open_braces:
            begin, was_function = open_braces.pop()
            inside_function -= was_function
            if was_function:
                lines = line_of(code, at) - line_of(code, begin) + 1
                if lines > house.FUNCTION_LINES_MAX:
                    yield Finding(path, line_of(code, begin),
                                  f'a function of {lines} lines; at most '
                                  f'{house.FUNCTION_LINES_MAX}')
        head_begin = at + 1


def include_guards(files):
    for path, text in of_kind(files, ('.h',)):
        guard = 'PAYMENTS_' + re.sub(r'[^A-Z0-9]', '_', path.upper()) + '_'
        if not (f'#ifndef {guard}\n#define {guard}\n' in text
                and text.rstrip().endswith(f'#endif  // {guard}')):
            yield Finding(path, 1, f'the include guard is {guard}')


INCLUDE = re.compile(r'^\s*#include\s+([<"])([^>"]+)[>"]', re.MULTILINE)


def includes_of(text):
    for match in INCLUDE.finditer(text):
        yield line_of(text, match.start()), match.group(2)


OURS = ('server/', 'providers/', 'client/', 'tests/', 'payments/')


def dependencies(files):
    for path, text in of_kind(files, CXX):
        folder = max((prefix for prefix in house.MAY_INCLUDE if path.startswith(prefix)),
                     key=len, default=None)
        if folder is None:
            continue
        for line, header in includes_of(text):
            may = house.MAY_INCLUDE[folder]
            if header.startswith(OURS) and not header.startswith(may):
                yield Finding(path, line, f'{folder} does not depend on {header}: '
                              'see the dependency rule in docs/ARCHITECTURE.md')
            if header.startswith('tests/') and not path.startswith('tests/'):
                yield Finding(path, line, 'the product does not depend on its tests')
            for library, owners in house.LIBRARY_OWNERS.items():
                if header.startswith(library) and not path.startswith(owners):
                    yield Finding(path, line, f'{header} is for {", ".join(owners)} only')
            if path.startswith('server/engine/') and house.ENGINE_NEVER.fullmatch(header):
                yield Finding(path, line, f'no threads, locks or I/O in the engine: {header}')


def nothing_forgotten(files):
    """Every .cc is compiled; every .h is included by somebody."""
    listed = set()
    for path, text in files.items():
        if os.path.basename(path) == 'CMakeLists.txt':
            folder = os.path.dirname(path)
            for word in re.findall(r'[\w./-]+\.cc\b', re.sub(r'#.*', '', text)):
                listed.add(os.path.normpath(os.path.join(folder, word)))
    included = {header for path, text in of_kind(files, CXX) for _, header in includes_of(text)
                if path != header}
    for path, _ in of_kind(files, ('.cc',)):
        if path not in listed:
            yield Finding(path, 1, 'no CMakeLists.txt lists it')
    for path, _ in of_kind(files, ('.h',)):
        if path not in included:
            yield Finding(path, 1, 'nothing includes it')


def document_links(files):
    folders = {os.path.dirname(path) for path in files}
    folders |= {parent for folder in folders for parent in parents_of(folder)}
    for path, text in of_kind(files, ('.md',)):
        for match in re.finditer(r'\]\(([^)\s#]+)(#[^)\s]*)?\)', text):
            target = match.group(1)
            if re.match(r'[a-z]+:', target):
                continue
            resolved = os.path.normpath(os.path.join(os.path.dirname(path), target))
            if resolved not in files and resolved not in folders:
                yield Finding(path, line_of(text, match.start()), f'no such file: {target}')
        for match in re.finditer(r'`((?:server|providers|proto|tests|deploy|docs|client)/'
                                 r'[\w./-]+\.(?:cc|h|proto|py|md|txt|textproto))`', text):
            if match.group(1) not in files and 'NAME' not in match.group(1):
                yield Finding(path, line_of(text, match.start()),
                              f'no such file: {match.group(1)}')


def test_names(files):
    """Every test case by the name a page gives it: Suite.Case, or Class.test_case."""
    names = set()
    for path, text in of_kind(files, ('.cc',)):
        for suite, case in re.findall(r'^TEST(?:_F|_P)?\((\w+),\s*(\w+)\)', text, re.MULTILINE):
            names.add(f'{suite}.{case}')
    for path, text in of_kind(files, ('.py',)):
        for name, body in re.findall(r'^class (\w+).*?:\n(.*?)(?=^\S|\Z)', text,
                                     re.MULTILINE | re.DOTALL):
            names |= {f'{name}.{case}' for case in re.findall(r'^    def (test_\w+)', body,
                                                              re.MULTILINE)}
    return names


def promises(files):
    """Each row of a page of promises ends with the tests that would fail if it were broken."""
    names = test_names(files)
    for path in house.PAGES_OF_PROMISES:
        for number, line in enumerate(files.get(path, '').split('\n'), 1):
            if not line.startswith('|') or re.match(r'\|[-| ]+$|\| promise ', line):
                continue
            named = re.findall(r'`([^`]+)`', line.rstrip('| ').rsplit('|', 1)[-1])
            if not named:
                yield Finding(path, number, 'no test is named for this promise')
            for name in named:
                if name not in names and name not in files:
                    yield Finding(path, number, f'no such test: {name}')


# What clang-tidy says of a main file only; of tests, it sees several in one.
SHORTER_NAME = re.compile(r'^(?:using\s+(?:::)?(?:\w+::)+(\w+);|namespace\s+(\w+)\s*=)',
                          re.MULTILINE)


def shorter_names(files):
    for path, text in of_kind(files, ('.cc',)):
        code = strip_comments_and_strings(text)
        for match in SHORTER_NAME.finditer(code):
            name = match.group(1) or match.group(2)
            if len(re.findall(rf'\b{name}\b', code)) == 1:
                yield Finding(path, line_of(code, match.start()), f'nothing uses {name}')


def parents_of(folder):
    while folder:
        folder = os.path.dirname(folder)
        yield folder


def shell_syntax(files):
    for path, text in sorted(files.items()):
        if not (path.endswith('.sh') or re.match(r'#!.*\bbash\b', text)):
            continue
        parsed = subprocess.run(['bash', '-n'], input=text, capture_output=True, text=True,
                                check=False)
        if parsed.returncode != 0:
            yield Finding(path, 1, 'bash cannot parse it: ' + parsed.stderr.strip())


CHECKS = (banned_words, lengths, function_lengths, include_guards, dependencies,
          shorter_names, nothing_forgotten, document_links, promises, shell_syntax)


def findings_in(files):
    return [finding for check in CHECKS for finding in check(files)]


def read_project(root):
    listing = subprocess.run(['git', 'ls-files', '-co', '--exclude-standard', '-z'], cwd=root,
                             capture_output=True, text=True, check=True)
    files = {}
    for path in listing.stdout.split('\0'):
        full = os.path.join(root, path)
        if not path or not os.path.isfile(full):
            continue
        with open(full, 'rb') as file:
            content = file.read()
        # Binary files are known by name only.
        files[path] = '' if b'\0' in content else content.decode('utf-8', 'replace')
    return files


def main():
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    files = read_project(root)
    findings = findings_in(files)
    for finding in findings:
        print(finding)
    print(f'{len(files)} files read, {len(findings)} findings')
    return 1 if findings or not files else 0


if __name__ == '__main__':
    sys.exit(main())
