"""Filters that answer a system call with an error, as an older kernel or a container would, for launchers
(support/proc.py). Needs no library: the filter is a few classic BPF instructions."""

import platform
import textwrap

# The calls that tests deny: newer ones have the same number everywhere, older ones one by architecture.
NEWER = {"clone3": 435, "close_range": 436, "epoll_pwait2": 441, "faccessat2": 439, "landlock_create_ruleset": 444}
NUMBERS = {
    "x86_64": {"socket": 41, "getsockopt": 55, "setgroups": 116, "capset": 126, "prctl": 157, "seccomp": 317, "statx": 332,
               "rseq": 334, **NEWER},
    "aarch64": {"socket": 198, "getsockopt": 209, "setgroups": 159, "capset": 91, "prctl": 167, "seccomp": 277, "statx": 291,
                "rseq": 293, **NEWER},
}


def deny(call, error=38, argument=None):
    """Python code for launch(): from its end on that call fails with `error` (ENOSYS); with `argument`, a place and a value,
    those calls alone that have it there."""
    number = NUMBERS[platform.machine()][call]
    return textwrap.dedent(f"""
        import ctypes, struct
        def op(code, jt, jf, k):
            return struct.pack("HBBI", code, jt, jf, k)
        program = [op(0x20, 0, 0, 0)]                                    # number of the call
        place, value = {(None, None) if argument is None else tuple(int(n) for n in argument)}
        if place is None:
            program += [op(0x15, 0, 1, {number})]
        else:
            program += [op(0x15, 0, 3, {number}), op(0x20, 0, 0, 16 + 8 * place), op(0x15, 0, 1, value)]
        program += [op(0x06, 0, 0, 0x00050000 | {error}), op(0x06, 0, 0, 0x7fff0000)]
        code = b"".join(program)
        buffer = ctypes.create_string_buffer(code, len(code))
        filter_ = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(buffer))
        libc = ctypes.CDLL(None, use_errno=True)
        if os.geteuid() != 0:
            assert libc.prctl(38, 1, 0, 0, 0) == 0
        assert libc.prctl(22, 2, ctypes.create_string_buffer(filter_), 0, 0) == 0, ctypes.get_errno()
    """)
