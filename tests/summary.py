#!/usr/bin/python3
"""Adds up what tests/run left in its results folder.

The folder holds `stages` (name and seconds, one a line, in order), `STAGE.checks` (pass or
fail and a name, one a line), and for stages that ran CTest a folder STAGE with CTest's
`ctest.junit` and the XML report of every test binary. A binary that died before it could
write its report, or that failed although its cases passed (a leak), counts as one failure.

Prints a table, what failed, and "N passed, N failed" as the last line. Fails if anything did,
and if nothing ran.
"""

import pathlib
import sys
import xml.etree.ElementTree as ElementTree


class Tally:
    def __init__(self):
        self.passed = 0
        self.failures = []

    def add(self, name, ok):
        if ok:
            self.passed += 1
        else:
            self.failures.append(name)


def add_checks(tally, path):
    for line in path.read_text().splitlines():
        verdict, name = line.split(' ', 1)
        tally.add(name, verdict == 'pass')


def add_binary_report(tally, path):
    """Adds the cases of one test binary; True if all passed."""
    failures_before = len(tally.failures)
    for suite in ElementTree.parse(path).getroot().iter('testsuite'):
        for case in suite.iter('testcase'):
            failed = case.find('failure') is not None or case.find('error') is not None
            tally.add(f"{path.stem}: {suite.get('name')}.{case.get('name')}", not failed)
    return len(tally.failures) == failures_before


def add_ctest(tally, folder):
    junit = folder / 'ctest.junit'
    if not junit.exists():
        tally.add('ctest did not run', False)
        return
    for case in ElementTree.parse(junit).getroot().iter('testcase'):
        ok = case.get('status') == 'run'
        report = folder / f"{case.get('name')}.xml"
        if not report.exists():
            tally.add(case.get('name'), ok)
        elif add_binary_report(tally, report) and not ok:
            tally.add(f"{case.get('name')}: failed outside its cases", False)


def main():
    results = pathlib.Path(sys.argv[1])
    passed, failed = 0, 0
    for line in (results / 'stages').read_text().splitlines():
        stage, seconds = line.split()
        tally = Tally()
        if (results / f'{stage}.checks').exists():
            add_checks(tally, results / f'{stage}.checks')
        if (results / stage).is_dir():
            add_ctest(tally, results / stage)
        print(f'    {stage:<12} {tally.passed:>6} passed  {len(tally.failures):>4} failed'
              f'  {int(seconds):>5} s')
        for name in tally.failures:
            print(f'        FAILED {name}')
        passed += tally.passed
        failed += len(tally.failures)
    print(f'{passed} passed, {failed} failed')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())
