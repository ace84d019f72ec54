#!/usr/bin/python3
"""Ask our patterns and Go's regexp the same: whatever we read, Go reads as well, and the verdict on each text is the same.

usage: patterns.py MATCH_CASES CORPUS [CASES]
Patterns and texts are made up (default 60,000, always the same), from pieces of RE2's syntax, of PCRE2's and of paths,
and taken from the fuzz seeds. A match that we give up counts as neither. Exit status 77 where there is no Go.
"""
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

# A run with fewer answers of each kind than this shows nothing.
ANSWERS_MIN = 500
SAMPLES_MAX = 10

LITERALS = ['a', 'b', 'k', 's', 'K', 'S', '/', '/v1', '.', '41', '-', '_', 'json', 'é', '\u212a', '\u017f', ' ', '{', '}', ']', ',', '#', '%']
ESCAPES = ['\\.', '\\/', '\\-', '\\d', '\\D', '\\w', '\\W', '\\s', '\\S', '\\b', '\\B', '\\A', '\\z', '\\x2f', '\\x{6b}', '\\101', '\\0', '\\n',
           '\\t', '\\v', '\\Qa.b\\E', '\\Q*', '\\_', '\\{']
FOREIGN = ['\\1', '\\Z', '\\h', '\\R', '\\K', '\\X', '\\C', '\\pL', '\\G', '\\E', '(?=a)', '(?!a)', '(?<=a)', '(?>a)', '(?#a)', '(?|a)', '(?R)',
           '(?1)', '(?i)', '(?-i)', '(?s)', '(?m)', '(?U)', '(?x)', '(*UCP)', '\\8', '\\08', '\\c', '\\e', '\\', '\\y']
ITEMS = ['a', 'z', '0-9', 'a-z', 'A-Z', '-', ']', '[', '^', '.', '\\d', '\\W', '\\s', '\\S', '[:alpha:]', '[:^digit:]', '[:foo:]', '[:space:]', '\\]', '\\-',
         'k', 'é', '\\x2f', '\\n', 'a-\\d', 'b-a', '&&', '[:word:]', '\u017f']
REPEATS = ['*', '+', '?', '*?', '+?', '??', '{2}', '{1,2}', '{2,}', '{0}', '{,2}', '{01}', '{2}?', '{3,1}', '*+', '{', '{a}', '{1001}']
GROUPS = ['(', '(?:', '(?i:', '(?s:', '(?-i:', '(?P<n>', '(?<m>', '(?i-s:']
TEXTS = ['a', 'b', 'k', 's', 'K', 'S', '/', '/v1.41', '.', '41', '-', '_', 'json', 'é', '\u212a', '\u017f', ' ', '{', '}', ']', ',', '\n', '\t', '\v', 'A', '0',
         '{2}', 'a.b', '*', '{,2}', '%', 'z', '^']


def bracket(dice):
    return '[' + dice.choice(('', '', '^')) + ''.join(dice.choice(ITEMS) for _ in range(dice.choice((1, 1, 2, 3)))) + ']'


def pattern(dice, depth=0):
    """One to four alternatives' worth of pieces."""
    pieces = []
    for _ in range(dice.choice((1, 1, 2, 3, 4))):
        kind = dice.randrange(20)
        if kind < 7:
            pieces.append(dice.choice(LITERALS))
        elif kind < 10:
            pieces.append(dice.choice(ESCAPES))
        elif kind < 12:
            pieces.append(bracket(dice))
        elif kind < 14:
            pieces.append(dice.choice(('.', '.', '^', '$')))
        elif kind < 17 and depth < 3:
            pieces.append(dice.choice(GROUPS) + pattern(dice, depth + 1) + dice.choice((')', ')', ')', ')', ')', ')', ')', '')))
        elif kind < 18:
            pieces.append('|')
        elif kind == 18 and dice.random() < 0.3:
            pieces.append(dice.choice(FOREIGN))
        if dice.random() < 0.3:
            pieces.append(dice.choice(REPEATS))
    return ''.join(pieces)


def text(dice):
    return ''.join(dice.choice(TEXTS) for _ in range(dice.choice((0, 1, 1, 2, 2, 3, 4, 6))))


def cases_of(dice, corpus, number):
    """Pairs of bytes: patterns, each with several texts."""
    cases = [tuple(seed.read_bytes().partition(b'\n')[::2]) for seed in sorted((corpus / 'pattern').iterdir())]
    cases = [(one.replace(b'\0', b''), other.replace(b'\0', b'')) for one, other in cases]
    while len(cases) < number:
        made = pattern(dice).encode()
        cases += [(made, text(dice).encode()) for _ in range(6)]
    return [case for case in cases if is_utf8(case[1])]


def is_utf8(data):
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def run(command, cases):
    data = b''.join(struct.pack('>I', len(one) + len(other) + 1) + one + b'\0' + other for one, other in cases)
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True)
    answers = done.stdout.decode('ascii').split('\n')[:-1]
    assert len(answers) == len(cases), f'{command}: {len(answers)} answers to {len(cases)} cases'
    return answers


def main():
    matcher, corpus = sys.argv[1], pathlib.Path(sys.argv[2])
    number = int(sys.argv[3]) if len(sys.argv) > 3 else 60000
    if shutil.which('go') is None:
        print('no Go here')
        return 77
    cases = cases_of(random.Random(1), corpus, number)
    with tempfile.TemporaryDirectory() as folder:
        program = f'{folder}/match_cases'
        subprocess.run(['go', 'build', '-o', program, pathlib.Path(__file__).with_name('match_cases.go')], check=True)
        ours, theirs = run([matcher], cases), run([program], cases)
    differ, seen, narrower = 0, {}, 0
    for case, our, their in zip(cases, ours, theirs):
        seen[our] = seen.get(our, 0) + 1
        narrower += our == 'refused' and their != 'refused'
        if our not in ('refused', 'limit', their):
            differ += 1
            if differ <= SAMPLES_MAX:
                print(f'{case[0].decode(errors="replace")!r} on {case[1].decode()!r}: ours {our}, Go {their}')
    print(f'{len(cases)} cases, answers {seen}, refused by us alone {narrower}, {differ} differ')
    return 1 if differ > 0 or min(seen.get(answer, 0) for answer in ('yes', 'no', 'refused')) < ANSWERS_MIN else 0


if __name__ == '__main__':
    sys.exit(main())
