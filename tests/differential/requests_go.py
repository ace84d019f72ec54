#!/usr/bin/python3
"""Whatever body we pass, Go's encoding/json reads the same from it and from the form that we send in its place.

usage: requests_go.py REQUESTS_CASES ATTACKS [CASES]
The cases are mutants (default 100,000, always the same) of the recorded bodies and of
those below. The policy closes nothing that would hide a difference. Exit status 77 where there is no Go.
"""
import json
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

from requests_attacks import ask, body_of

ROUND = 100000
# Of the mutants at least one in this many has to pass, or the run shows nothing.
PASSED_MIN = 20
SAMPLES_MAX = 10
POLICY = ['safe', 'binds=/', 'privileged=true', 'capabilities=*', 'security-options=*', 'masked-paths=true', 'volumes-from=true',
          'volume-drivers=*', 'volume-options=true', 'devices=*', 'sysctls=*', 'cgroup-parent=true', 'oom=true', 'groups=true',
          'storage-options=true', 'annotations=true', 'block-io=true', 'log-drivers=*', 'runtimes=*', 'network-options=*',
          'network-drivers=*', 'subnets=*', 'mounts=*']
KINDS = {'/containers/create': 'create', r'/containers/[^/]+/update': 'update', r'/containers/[^/]+/exec': 'exec',
         r'/exec/[^/]+/start': 'start', '/volumes/create': 'volume', '/networks/create': 'network',
         r'/networks/[^/]+/connect': 'connect', r'/networks/[^/]+/disconnect': 'disconnect',
         r'/services/(create|[^/]+/update)': 'service', r'/(secrets|configs)/(create|[^/]+/update)': 'secret'}

BODIES = [
    ('/containers/create', {
        'Hostname': 'a', 'User': '1', 'AttachStdin': True, 'ExposedPorts': {'80/tcp': {}}, 'Env': ['A=é\n"\\'], 'Cmd': ['x', ''],
        'Healthcheck': {'Test': ['NONE'], 'Interval': 1, 'Retries': 3}, 'Image': 'i', 'Volumes': {'/v': {}}, 'Entrypoint': 'e',
        'Labels': {'a': '1', 'A': '2', 'ſ': '\u2028'}, 'StopTimeout': 0, 'HostConfig': {
            'Binds': ['/a:/b:ro', 'v:/c'], 'LogConfig': {'Type': 'local', 'Config': {'k': 'v'}}, 'NetworkMode': 'n',
            'PortBindings': {'80/tcp': [{'HostIp': '', 'HostPort': '8'}], '1/udp': None}, 'RestartPolicy': {'Name': 'always'},
            'ConsoleSize': [1, 2], 'CapAdd': ['CHOWN'], 'Dns': [], 'Privileged': True, 'Memory': 9007199254740993, 'NanoCpus': -1,
            'PidsLimit': 0, 'OomKillDisable': False, 'Init': True, 'Ulimits': [{'Name': 'n', 'Hard': 1, 'Soft': 2}],
            'Mounts': [{'Type': 'volume', 'Source': 's', 'Target': '/t', 'VolumeOptions': {'Labels': {'a': 'b'}}}],
            'Devices': [{'PathOnHost': '/dev/x'}], 'Tmpfs': {'/t': ''}, 'MaskedPaths': [], 'BlkioWeight': 5}}),
    ('/containers/a/update', {'Memory': 1, 'CpuShares': 2, 'RestartPolicy': {'Name': 'no', 'MaximumRetryCount': 0}}),
    ('/containers/a/exec', {'Cmd': ['a', 'b'], 'Env': ['K=v'], 'Tty': False, 'User': '', 'ConsoleSize': [3, 4]}),
    ('/exec/a/start', {'Detach': False, 'Tty': True, 'ConsoleSize': [3, 4]}),
    ('/networks/a/connect', {'Container': 'c', 'EndpointConfig': {
        'IPAMConfig': {'IPv4Address': '10.0.0.2', 'LinkLocalIPs': ['169.254.1.1']}, 'Links': ['a:b'], 'Aliases': ['x'],
        'MacAddress': '', 'GlobalIPv6PrefixLen': 64, 'DriverOpts': {'o': '1'}, 'GwPriority': -1}}),
    ('/networks/a/disconnect', {'Container': 'c', 'Force': True}),
    ('/volumes/create', {'Name': 'n', 'Driver': 'local', 'DriverOpts': {'type': 'x', 'TYPE': 'y'}, 'Labels': {}}),
    ('/networks/create', {'Name': 'n', 'EnableIPv6': False, 'IPAM': {'Config': [{'Subnet': '10.0.0.0/8'}]}, 'Options': {'o': '1'}}),
    ('/secrets/create', {'Name': 's', 'Labels': {'l': 'm'}, 'Data': 'YWJj', 'Driver': None}),
    ('/configs/create', {'Name': 'c', 'Labels': None, 'Data': 'YQ==', 'Templating': None}),
    ('/services/create', {'Name': 's', 'Labels': {'l': 'm'}, 'TaskTemplate': {
        'ContainerSpec': {'Image': 'i', 'Args': ['a'], 'Mounts': [{'Type': 'tmpfs', 'Target': '/t'}], 'Privileges': {
            'CredentialSpec': None, 'NoNewPrivileges': True}}, 'Resources': {'Limits': {'MemoryBytes': 5}}, 'Networks': [{'Target': 'n'}]},
        'Mode': {'Replicated': {'Replicas': 2}}, 'UpdateConfig': {'Parallelism': 1, 'MaxFailureRatio': 0.3},
        'EndpointSpec': {'Ports': [{'Protocol': 'tcp', 'TargetPort': 80, 'PublishedPort': 81}]}}),
]
BODIES += [(target.replace('create', 'a/update?version=1'), body) for target, body in BODIES
           if target in ('/secrets/create', '/configs/create', '/services/create')]
TOKENS = [
    b'"', b'\\', b'\\"', b'\\u0061', b'\\u017f', b'\\u212a', b'\\u0000', b'\\ud800', b'\\udc00', b'\\ud83d\\ude00', b'\xc5\xbf', b'\xe2\x84\xaa',
    b'\xff', b'\xed\xa0\x80', b'\xef\xbb\xbf', b'\0', b'\n', b' ', b'\t', b',', b':', b'{', b'}', b'[', b']', b'{}', b'[]', b'null', b'true',
    b'false', b'0', b'-', b'-0', b'1', b'1.0', b'1e2', b'0.5', b'00', b'9223372036854775807', b'9223372036854775808', b'18446744073709551616',
    b'"a"', b'""', b'"A":"b",', b'"Privileged":true,', b'"privileged":null,', b'"HostConfig":{},', b'"hostconfig":null,', b'"Memory":1,',
    b'"memory":2,', b'"Mounts":[{"Target":"/b"}],', b'"Labels":null,', b'"x":null,', b'"x":{"y":[null]},', b'/*x*/', b'\x7f', b'\\/', b'\\b',
]


def mutate(dice, body):
    """A body changed in one to three places: bytes, tokens, cases of letters, letters as escapes."""
    case = bytearray(body)
    for _ in range(dice.choice((1, 1, 1, 2, 3))):
        at = dice.randrange(len(case) + 1)
        kind = dice.randrange(8)
        if kind == 0:
            case[at:at + dice.choice((1, 1, 2, 8))] = b''
        elif kind <= 2:
            case[at:at] = dice.choice(TOKENS)
        elif kind == 3:
            case[at:at + 1] = dice.choice(TOKENS)
        elif kind == 4:
            case[at:at + 1] = bytes([dice.randrange(256)])
        elif kind == 5:
            case[at:at + 40] = bytes(case[at:at + 40]).swapcase()
        elif kind == 6:
            case[at:at + 1] = b''.join(b'\\u%04x' % byte for byte in case[at:at + 1])
        else:
            # Behind an opening brace or a comma a whole member fits, which keeps the document one.
            places = [i + 1 for i, byte in enumerate(case) if byte in b'{']
            if places:
                at = dice.choice(places)
                case[at:at] = dice.choice([token for token in TOKENS if token.endswith(b',') and len(token) > 1])
    return bytes(case)


def read_by_go(program, cases):
    data = b''.join(struct.pack('>I', len(text)) + text for case in cases for text in case)
    done = subprocess.run([program], input=data, stdout=subprocess.PIPE, check=True)
    answers = done.stdout.decode().splitlines()
    assert len(answers) == len(cases), f'{len(answers)} answers to {len(cases)} cases'
    return answers


def kind_of(target):
    path = re.sub(r'^/v[0-9.]+', '', target.split('?')[0])
    return next((kind for pattern, kind in KINDS.items() if re.fullmatch(pattern, path)), None)


def main():
    reader, attacks = sys.argv[1], pathlib.Path(sys.argv[2])
    number = int(sys.argv[3]) if len(sys.argv) > 3 else ROUND
    if shutil.which('go') is None:
        print('no Go here')
        return 77
    rows = [json.loads(line) for line in (attacks / 'json-bodies.jsonl').read_text().splitlines()]
    bases = [(row['endpoint'].split(' ')[1], body_of(row)) for row in rows]
    bases = [(target, body) for target, body in bases if kind_of(target) and 0 < len(body) < 4096]
    bases += [(target, json.dumps(body, ensure_ascii=False).encode()) for target, body in BODIES] * (len(bases) // 3)
    dice = random.Random(1)
    passed = differ = refused = 0
    with tempfile.TemporaryDirectory() as folder:
        program = f'{folder}/requests_read'
        subprocess.run(['go', 'build', '-o', program, pathlib.Path(__file__).with_name('requests_read.go')], check=True)
        for start in range(0, number, ROUND):
            cases = [(target, mutate(dice, body)) for target, body in dice.choices(bases, k=min(ROUND, number - start))]
            if start == 0:
                cases += bases
            answers = ask(reader, POLICY, [(f'POST {target}', 'application/json', body) for target, body in cases])
            sent = [(kind_of(target).encode(), body, form) for (target, body), (status, form) in zip(cases, answers) if status == 201]
            for case, said in zip(sent, read_by_go(program, sent)):
                passed += 1
                refused += said == 'refused'
                if said.startswith('differs'):
                    differ += 1
                    if differ <= SAMPLES_MAX:
                        print(f'{case[0].decode()}: {case[1][:600]!r}\n  sent {case[2][:600]!r}\n  {said[:1500]}')
    print(f'{number} cases, {passed} passed, of these {refused} that Go refuses itself, {differ} differ')
    return 1 if differ or passed * PASSED_MIN < number else 0


if __name__ == '__main__':
    sys.exit(main())
