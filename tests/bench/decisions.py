#!/usr/bin/python3
"""What a decision costs with many rules: CPU time of `dockgate explain --batch` a line, for none and for 1,000 rules.

usage: decisions.py [DOCKGATE]
The rules are of wollomatic's dialect, or names in the gate's own file; each run decides the same lines, of which the rules
allow every second one.
"""
import pathlib
import resource
import subprocess
import sys
import tempfile

RULES = 1000
LINES = 200000
ROUNDS = 5

# Kinds of rules by what tells one from the other; `%d` is its number.
KINDS = {
    'no rules (options)': None,
    'whole paths': '/v1\\.41/containers/app-%d/json',
    'alike at their start': '/v1\\..{1,2}/containers/app-%d/json',
    'alternatives inside': '/v1\\..{1,2}/containers/(app-%d|db-%d)/(json|logs)',
    'alike at both ends': '(/v[0-9.]+)?/containers/[a-z]+-%d/json',
    'names in a file': 'GET /containers/app-%d/json',
    'globs, other ends': 'GET /containers/*-%d/json',
}


def cpu_of(command, environment, data):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, check=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.count(b'allow\t')


def policy(kind, pattern, folder):
    """What the gate is told of it, as arguments and environment."""
    if pattern is None:
        return [], {'CONTAINERS': '1'}
    patterns = [pattern.replace('%d', str(i)) for i in range(RULES)]
    if pattern.startswith('/') or pattern.startswith('('):
        return [], {f'SP_ALLOW_GET_{i}': text for i, text in enumerate(patterns)}
    file = pathlib.Path(folder, f'{kind}.yaml')
    file.write_text('policies:\n  some:\n    allow:\n' + ''.join(f'      - {text}\n' for text in patterns))
    return ['--config', file], {}


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else 'build/dockgate'
    lines = [f'GET\t/v1.41/containers/app-{i * 7 % (2 * RULES)}/json\n'.encode() for i in range(LINES)]
    with tempfile.TemporaryDirectory() as folder:
        for kind, pattern in KINDS.items():
            arguments, environment = policy(kind, pattern, folder)
            command = [program, 'explain', *arguments, '--batch']
            costs = []
            for _ in range(ROUNDS):
                whole, allowed = cpu_of(command, environment, b''.join(lines))
                start, _ = cpu_of(command, environment, lines[0])
                costs.append((whole - start) / LINES * 1e6)
            print(f'{kind:24} {sorted(costs)[ROUNDS // 2]:6.2f} us a decision, {allowed} of {LINES} allowed, start {start * 1000:.0f} ms')


if __name__ == '__main__':
    main()
