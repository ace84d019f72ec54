#!/usr/bin/python3
"""Turn the recorded attacks into rows of C for test_vectors.c.

usage: vectors.py http-framing.jsonl paths.jsonl > vectors.inc
What only a session or a policy can decide is left out here; the system tests send it all.
"""
import base64
import json
import sys

# A head limit is reached long before; the test need not hold the whole of it.
REPEAT_MAX = 70000

# What the gate does between two messages, not how it reads them.
SESSION = {
    'http-155': 'the engine refuses the upgrade and the bytes behind it are a request',
    'http-168': 'a 101 that nobody asked for is well-formed',
    'http-169': 'bytes behind an answer are a second answer to the reader',
}


def octal(data):
    """The inside of a C string literal."""
    return ''.join(chr(b) if 0x20 <= b < 0x7f and b not in b'"\\?' else f'\\{b:03o}' for b in data)


def literal(data):
    """A C string literal in pieces that a compiler takes."""
    return ' '.join(f'"{octal(data[i:i + 2000])}"' for i in range(0, max(len(data), 1), 2000))


def bytes_of(row, key):
    if key + '_parts' in row:
        return b''.join(base64.b64decode(part) * min(times, REPEAT_MAX) for part, times in row[key + '_parts'])
    return base64.b64decode(row[key + '_b64'])


def framing_rows(path):
    for line in open(path, encoding='utf-8'):
        row = json.loads(line)
        if row['id'] in SESSION or row['must'] == 'upgrade' or 'pieces_b64' in row:
            continue
        response = row['name'].startswith('response:')
        data = bytes_of(row, 'upstream_reply' if response else 'request')
        statuses = row.get('status', [])
        if 403 in statuses:
            continue  # the policy's
        refuse = 'forward' not in row['accept'] or (response and row['must'] != 'forward')
        must = 'REFUSE' if refuse else 'READ' if row['accept'] == ['forward'] else 'EITHER'
        requests = '' if response else '\n'.join(
            '\t'.join(word.encode('latin-1').hex() for word in request.split(' ', 1))
            for request in row.get('upstream_requests', []))
        never = row.get('upstream_never', '').encode('latin-1')
        never = b'\t'.join(word.hex().encode() for word in never.split(b' ')) if b' ' in never else b''
        yield (f'    {{"{row["id"]}", "{octal(row["name"].encode())}", {"true" if response else "false"}, VECTOR_{must}, '
               f'" {" ".join("502" if response else str(s) for s in statuses)} ", {literal(requests.encode())}, '
               f'"{octal(never)}", SLICE_INIT({literal(data)})}},')


def path_rows(path):
    for line in open(path, encoding='utf-8'):
        row = json.loads(line)
        target = base64.b64decode(row['target_b64'])
        status = (row.get('engine') or {}).get('status')
        if row['must'] == 'endpoint':
            must = 'EITHER' if row['may_reject'] else 'READ'
        else:
            # 301: unclean, 400: no target at all; other statuses are the router's.
            must = 'REFUSE' if status in (301, 400) and 'engine_clean' in row or status == 400 else 'EITHER'
        names = '\n'.join(name for name in row.get('names', []) if name)
        yield (f'    {{"{row["id"]}", VECTOR_{must}, SLICE_INIT({literal(target)}), '
               f'SLICE_INIT({literal(names.encode("latin-1"))})}},')


def main():
    print('static const struct framing_vector framing_vectors[] = {')
    print('\n'.join(framing_rows(sys.argv[1])))
    print('};\nstatic const struct path_vector path_vectors[] = {')
    print('\n'.join(path_rows(sys.argv[2])))
    print('};')


main()
