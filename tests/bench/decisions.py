#!/usr/bin/python3
"""What a decision costs with many rules: CPU time of `dockgate explain --batch` a line, for none and for 1,000 rules.

usage: decisions.py [DOCKGATE]
The rules are of wollomatic's dialect; each run decides the same lines, of which the rules allow every second one.
"""
import resource
import subprocess
import sys

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
}


def cpu_of(command, environment, data):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, check=True, timeout=300)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout.count(b'allow\t')


def main():
    command = [sys.argv[1] if len(sys.argv) > 1 else 'build/dockgate', 'explain', '--batch']
    lines = [f'GET\t/v1.41/containers/app-{i * 7 % (2 * RULES)}/json\n'.encode() for i in range(LINES)]
    for kind, pattern in KINDS.items():
        if pattern is None:
            environment = {'CONTAINERS': '1'}
        else:
            environment = {f'SP_ALLOW_GET_{i}': pattern.replace('%d', str(i)) for i in range(RULES)}
        costs = []
        for _ in range(ROUNDS):
            whole, allowed = cpu_of(command, environment, b''.join(lines))
            start, _ = cpu_of(command, environment, lines[0])
            costs.append((whole - start) / LINES * 1e6)
        print(f'{kind:24} {sorted(costs)[ROUNDS // 2]:6.2f} us a decision, {allowed} of {LINES} allowed, start {start * 1000:.0f} ms')


if __name__ == '__main__':
    main()
