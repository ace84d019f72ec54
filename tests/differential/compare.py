#!/usr/bin/python3
"""Feed the same bytes to our reader and to Go's net/http: what ours accepts, Go must read the same way.

usage: compare.py READ_CASES ATTACKS CORPUS [CASES]
The cases are the recorded attacks, the fuzz seeds, and as many mutants of these (default 50,000, always the same).
What the gate would send on is read by Go as well, and there nothing is tolerated. Exit status 77 where there is no Go.
"""
import base64
import json
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

# Go refuses these and we do not: harmless, since a request that is refused is not read in another way. Each with its reason.
REFUSED_BY_GO = {
    'bad trailer key': 'we drop the Trailer field and all trailers, whatever they name',
}
# A run that compares fewer requests than this shows nothing.
COMPARED_MIN = 10000
SAMPLES_MAX = 10

TOKENS = [
    b'\r\n', b'\n', b'\r', b'\r\r\n', b' ', b'\t', b'\0', b'\x0b', b'\x7f', b'\x85', b'\xa0', b'\xff', b':', b',', b';', b'"', b'=',
    b'0', b'1', b'2', b'+', b'-', b'0x', b'%', b'%2f', b'%2e', b'%00', b'/', b'//', b'/../', b'?', b'#', b'*', b'@', b'\\',
    b'chunked', b'identity', b'gzip', b'close', b'keep-alive', b'upgrade', b'trailers', b'HTTP/1.1', b'HTTP/1.0', b'http://h/',
    b'Content-Length: 2\r\n', b'Content-Length: 0\r\n', b'Transfer-Encoding: chunked\r\n', b'Transfer-Encoding: ', b'Host: e\r\n',
    b'Connection: content-length, x\r\n', b'Trailer: Content-Length\r\n', b'Expect: 100-continue\r\n', b'X: y\r\n', b' folded\r\n',
    b'0\r\n\r\n', b'2\r\n{}\r\n', b'2;a=b\r\n{}\r\n', b'GET /hidden HTTP/1.1\r\nHost: d\r\n\r\n', b'Pragma: no-cache\r\n',
]


def bytes_of(row, key):
    if key + '_parts' in row:
        return b''.join(base64.b64decode(part) * min(times, 70000) for part, times in row[key + '_parts'])
    return base64.b64decode(row.get(key + '_b64', ''))


def rows(path):
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


def base_cases(attacks, corpus):
    """The attacks and the seeds, those of other targets made into requests."""
    cases = [bytes_of(row, 'request') for row in rows(attacks / 'http-framing.jsonl')]
    for seed in sorted((corpus / 'request_head').iterdir()):
        cases.append(seed.read_bytes())
    for seed in sorted((corpus / 'chunk').iterdir()):
        cases.append(b'POST /c HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n' + seed.read_bytes())
    for seed in sorted((corpus / 'target').iterdir()):
        cases.append(b'GET ' + seed.read_bytes() + b' HTTP/1.1\r\nHost: d\r\n\r\n')
    return [case for case in cases if case]


def mutate(dice, cases):
    """One of `cases`, changed in one to three places."""
    case = bytearray(dice.choice(cases))
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = dice.randrange(len(case) + 1)
        kind = dice.randrange(7)
        if kind == 0:
            case[at:at + dice.choice((1, 1, 2, 8))] = b''
        elif kind <= 2:
            case[at:at] = dice.choice(TOKENS)
        elif kind == 3:
            case[at:at + 1] = dice.choice(TOKENS)
        elif kind == 4:
            case[at:at + 1] = bytes([dice.randrange(256)])
        elif kind == 5:
            lines = bytes(case).split(b'\r\n')
            lines.insert(dice.randrange(len(lines) + 1), dice.choice(lines))
            case = bytearray(b'\r\n'.join(lines))
        else:
            other = dice.choice(cases)
            case[at:] = other[dice.randrange(len(other) + 1):]
    return bytes(case)


def run(command, cases):
    """The answers of a program to the cases, each a list of lines."""
    data = b''.join(struct.pack('>I', len(case)) + case for case in cases)
    done = subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True)
    answers = done.stdout.decode('ascii').split('\n.\n')[:-1]
    assert len(answers) == len(cases), f'{command}: {len(answers)} answers to {len(cases)} cases'
    return [answer.split('\n') for answer in answers]


def request_of(line):
    """A line as a tuple, its fields sorted by name as Go's are. Go adds a Cache-Control to a Pragma."""
    *cells, fields = line.split('\t')
    listed = sorted((field.split('=') for field in fields.split(',') if field), key=lambda field: field[0])
    if any(name == b'pragma'.hex() for name, _ in listed):
        listed = [field for field in listed if field[0] != b'cache-control'.hex()]
    return cells, listed


class Findings:
    """What differs, counted, the first ones printed."""

    def __init__(self):
        self.number = 0

    def add(self, what, case, ours, theirs):
        self.number += 1
        if self.number <= SAMPLES_MAX:
            print(f'{what}:\n  {case[:500]!r}\n  ours: {ours}\n  Go:   {theirs}')


def compare_received(case, ours, theirs, findings, tolerated):
    """Each request that we read is read by Go likewise. Returns their number."""
    requests = [line for line in ours if '\t' in line]
    for number, line in enumerate(requests):
        their = theirs[number]
        if '\t' in their and request_of(line) == request_of(their):
            continue
        reason = next((text for text in REFUSED_BY_GO if their.startswith('refused') and text in their), None)
        if reason is None:
            findings.add('read differently', case, line, their)
        else:
            tolerated[reason] = tolerated.get(reason, 0) + 1
        break
    return len(requests)


def compare_sent(case, ours, theirs, findings):
    """Go reads what is sent on as the requests that we read, with our Host and nothing behind them."""
    wanted = [request_of(line)[0] for line in ours if '\t' in line]
    for cells in wanted:
        cells[3] = b'docker'.hex()
    got = [request_of(line)[0] for line in theirs if '\t' in line]
    if wanted != got or theirs[-1] != 'end':
        findings.add('sent on differently', case, wanted, theirs)


def main():
    reader, attacks, corpus = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    number = int(sys.argv[4]) if len(sys.argv) > 4 else 50000
    if shutil.which('go') is None:
        print('no Go here')
        return 77
    dice = random.Random(1)
    cases = base_cases(attacks, corpus)
    small = [case for case in cases if len(case) <= 4096]
    # Mutants of what is refused are mostly refused again, which compares nothing: most come from what is read.
    read = [case for case, answer in zip(small, run([reader], small)) if '\t' in answer[0]]
    cases += [mutate(dice, read if dice.random() < 0.8 else small) for _ in range(number)]

    findings, tolerated, compared = Findings(), {}, 0
    with tempfile.TemporaryDirectory() as folder:
        program = f'{folder}/read_cases'
        subprocess.run(['go', 'build', '-o', program, pathlib.Path(__file__).with_name('read_cases.go')], check=True)
        ours = run([reader], cases)
        theirs = run([program], cases)
        sent = run([program], [bytes.fromhex(answer[-1].split(' ')[1]) for answer in ours])
    for case, our, their, forwarded in zip(cases, ours, theirs, sent):
        compared += compare_received(case, our, their, findings, tolerated)
        compare_sent(case, our, forwarded, findings)
    accepted = sum('\t' in answer[0] for answer in ours)
    print(f'{len(cases)} cases, {accepted} accepted, {compared} requests compared, {findings.number} differ; refused by Go: {tolerated}')
    return 1 if findings.number > 0 or compared < COMPARED_MIN else 0


if __name__ == '__main__':
    sys.exit(main())
