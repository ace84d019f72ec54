#!/usr/bin/python3
"""Each recorded attack on bodies (tests/data/attacks/json-bodies.jsonl) gets the verdict that it must get.

usage: requests_attacks.py REQUESTS_CASES ATTACKS
"""
import base64
import json
import pathlib
import struct
import subprocess
import sys

STATUS = {200: 'allow', 201: 'allow', 403: 'deny', 400: 'reject-400'}
# Framing is the gate's to see, and tested there; the verdict on the body is the same.
POLICY = ['safe', 'binds=/data']


def body_of(row):
    if 'body_parts' in row:
        return b''.join(base64.b64decode(part) * times for part, times in row['body_parts'])
    return base64.b64decode(row['body_b64'])


def ask(program, policy, cases):
    """The answers to (line, media type, body) cases: status and text of each."""
    data = bytearray()
    for line, media, body in cases:
        for text in (line.encode(), (media or '').encode(), b'1' if body else b'', body):
            data += struct.pack('>I', len(text)) + text
    out = subprocess.run([program, *policy], input=bytes(data), stdout=subprocess.PIPE, check=True).stdout
    answers, at = [], 0
    while at < len(out):
        status, length = struct.unpack_from('>II', out, at)
        answers.append((status, out[at + 8:at + 8 + length]))
        at += 8 + length
    assert len(answers) == len(cases), f'{len(answers)} answers to {len(cases)} cases'
    return answers


def main():
    program, attacks = sys.argv[1], pathlib.Path(sys.argv[2])
    rows = [json.loads(line) for line in (attacks / 'json-bodies.jsonl').read_text().splitlines()]
    assert rows
    answers = ask(program, POLICY, [(row['endpoint'], row['content_type'], body_of(row)) for row in rows])
    wrong = preferred = 0
    for row, (status, text) in zip(rows, answers):
        got = STATUS.get(status, 'reject-other')
        preferred += got == row['must']
        if got not in row['accept']:
            wrong += 1
            print(f"{row['id']}: {row['why']}: {got} ({text[:300]!r}), must be {row['accept']}")
    print(f'{len(rows)} cases, {preferred} as preferred, {wrong} wrong')
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
