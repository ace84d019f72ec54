#!/usr/bin/python3
"""Write the seeds that come from the recorded attacks into tests/fuzz/corpus.

usage: seeds.py ATTACKS CORPUS
Those that come from the rows of the unit tests are written by these: DOCKGATE_SEEDS=CORPUS meson test --suite dockgate
"""
import base64
import json
import pathlib
import sys

SEED_MAX = 2048


def rows(path):
    with open(path, encoding='utf-8') as lines:
        return [json.loads(line) for line in lines]


def main():
    attacks, corpus = (pathlib.Path(name) for name in sys.argv[1:])
    seeds = {}
    for row in rows(attacks / 'http-framing.jsonl'):
        if 'request_b64' in row:
            seeds['request_head', row['id']] = base64.b64decode(row['request_b64'])
        if 'upstream_reply_b64' in row:
            seeds['response_head', row['id']] = b'g' + base64.b64decode(row['upstream_reply_b64'])
        if row['name'].startswith('chunk:') and 'request_b64' in row:
            seeds['chunk', row['id']] = base64.b64decode(row['request_b64']).split(b'\r\n\r\n', 1)[1]
    for row in rows(attacks / 'paths.jsonl'):
        seeds['target', row['id']] = base64.b64decode(row['target_b64'])
    for (target, name), data in seeds.items():
        if len(data) <= SEED_MAX:
            (corpus / target / name).write_bytes(data)


main()
