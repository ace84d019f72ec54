/* Every maximum of dockgate with its reason. Bytes, unless the name says otherwise. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* A request or response head. Real clients stay below 8 KiB but for registry credentials in
 * X-Registry-Config. Every byte of a head has a 16-bit offset; only its length needs one bit more.
 */
#define LIMIT_HEAD 65536

/* Header fields in one head (the busiest client seen sends 14). */
#define LIMIT_FIELDS 128

/* A request target: a list filter is the longest thing that clients put there. */
#define LIMIT_TARGET 32768

/* One line of chunk framing: 16 digits and an extension that nobody sends. */
#define LIMIT_CHUNK_LINE 1024

/* All trailer lines of one chunked body together. */
#define LIMIT_TRAILER 8192

/* What a worker reads at once; shared by all of its connections. Measured: 256 KiB costs the least
 * CPU per byte between a unix socket and TCP (16 KiB: 1.7 times as much, 1 MiB: 1.4 times). */
#define LIMIT_READ (256 * 1024)

/* What a client may send ahead (pipelined requests, early tunnel bytes) before the gate stops
 * reading. */
#define LIMIT_AHEAD 65536

/* A body that is read whole to be checked; clients' stay below 64 KiB. All of a worker's together.
 */
#define LIMIT_BODY     (1024 * 1024)
#define LIMIT_GATHERED (32 * LIMIT_BODY)

/* A JSON document's levels and values. The deepest that clients send has nine levels, the longest
 * (a list of variables) some hundreds of values; the tree of this many takes 640 KiB. */
#define LIMIT_JSON_DEPTH  32
#define LIMIT_JSON_VALUES 16384

/* What the gate itself asks the engine: of a worker at once, since clients make it ask, and how
 * long an answer may take in all. An engine that is well answers within a few milliseconds. */
#define LIMIT_LOOKUPS   64
#define LIMIT_LOOKUP_MS 10000

/* Names of hosts that may connect, and bytes of one (RFC 1035, section 2.3.4). */
#define LIMIT_NAMES 16
#define LIMIT_NAME  253

/* How long a name's addresses are believed: what the name server says, within these. Docker's own
 * says ten minutes, while a container that is made anew has another address at once. */
#define LIMIT_NAME_TTL_MIN_S 1
#define LIMIT_NAME_TTL_MAX_S 10

/* Names are looked up anew after this much at the earliest, however many strangers knock. */
#define LIMIT_NAME_PAUSE_MS 200

/* A client waits this long at most for its name to be looked up; it gets no answer then. A request
 * waits as long for the engine's. */
#define LIMIT_NAME_WAIT_MS 3000

/* Clients that may wait for it at once. */
#define LIMIT_NAME_WAITING 256

/* Addresses of an engine's host that are tried one after the other. A container has one for each
 * network that it shares with the gate, perhaps of both families. */
#define LIMIT_ENGINE_ADDRESSES 8

/* What is kept of a container to tell its client apart: names, labels and addresses. Compose's own
 * labels come to less than 2 KiB. And of how many containers and addresses a worker keeps it. */
#define LIMIT_CONTAINER 32768
#define LIMIT_CALLERS   1024

/* The label by which a container says what it may ask for, and names in it. The options of the
 * largest preset are 69 names and 1,174 bytes. */
#define LIMIT_ALLOW_LABEL 4096
#define LIMIT_ALLOW_NAMES 128

/* The path of a container's control group; systemd's for a rootless engine has 140 bytes. */
#define LIMIT_CGROUP 512

/* 1xx answers passed before the final one. */
#define LIMIT_INTERIM 16

#endif
